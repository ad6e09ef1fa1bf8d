import tseslint from "typescript-eslint";

/** A dependency is imported in one file, its door; everything else goes through that. */
const DOORS = {
  ssh2: "src/remote/ssh/client.ts",
  yaml: "src/yaml/index.ts",
  zod: "src/core/schema.ts",
  listr2: "src/report/tree.ts",
  picocolors: "src/report/colors.ts",
  "fast-string-width": "src/report/width.ts",
  diff: "src/report/detail.ts",
  yargs: "src/commands/args/parse.ts",
  "p-limit": "src/engine/limit.ts",
};

const OUTPUT = ["stdout", "stderr", "exit", "exitCode"];

/** Ends of the process that may not be touched. */
function ends(...properties) {
  const message = "only src/cli.ts prints and exits; only src/commands/input/prompt.ts reads standard input";
  return {
    "no-restricted-properties": ["error", ...properties.map((property) => ({ object: "process", property, message }))],
  };
}

export default tseslint.config(
  { ignores: ["dist/", "coverage/", "node_modules/", "src/**/*.generated.ts"] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": "off",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": "off",
      // A state is a `type`: an interface does not fit an index signature.
      "@typescript-eslint/consistent-type-definitions": "off",
      "@typescript-eslint/consistent-indexed-object-style": "off",
      // Code points are what columns count.
      "@typescript-eslint/no-misused-spread": "off",
      "@typescript-eslint/dot-notation": "off",
      // `this` is not used by the methods of plain objects that we take apart.
      "@typescript-eslint/unbound-method": "off",
      "no-restricted-imports": ["error", { paths: Object.keys(DOORS) }],
      "no-console": "error",
      "no-restricted-globals": ["error", { name: "fetch", message: "traffic goes through src/remote" }],
    },
  },
  { files: ["src/**"], rules: ends("stdin", ...OUTPUT) },
  { files: ["src/commands/input/prompt.ts"], rules: ends(...OUTPUT) },
  { files: ["src/cli.ts"], rules: ends("stdin") },
  ...Object.entries(DOORS).map(([name, door]) => ({
    files: [door],
    rules: { "no-restricted-imports": ["error", { paths: Object.keys(DOORS).filter((other) => other !== name) }] },
  })),
  {
    files: ["test/**", "*.ts"],
    rules: {
      "@typescript-eslint/no-non-null-assertion": "off",
      "no-restricted-imports": "off",
    },
  },
  {
    // What dsrctl is measured against: ssh2 without dsrctl.
    files: ["bench/floor.ts"],
    rules: { "no-restricted-imports": "off" },
  },
  {
    files: ["**/*.mjs", "**/*.cjs"],
    extends: [tseslint.configs.disableTypeChecked],
    rules: { "no-undef": "off", "@typescript-eslint/no-require-imports": "off" },
  },
);
