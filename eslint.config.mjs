import tseslint from "typescript-eslint";

/** A dependency is imported in one file, its door; everything else goes through that. */
const DOORS = {
  ssh2: "src/remote/ssh.ts",
  yaml: "src/yaml/**",
  zod: "src/schema.ts",
  listr2: "src/report/tree.ts",
  picocolors: "src/report/colors.ts",
  "string-width": "src/report/width.ts",
  diff: "src/report/detail.ts",
  yargs: "src/commands/line.ts",
  "p-limit": "src/engine/limit.ts",
  "ip-address": "src/address.ts",
};

export default tseslint.config(
  { ignores: ["dist/", "coverage/", "node_modules/", "src/**/*.generated.ts"] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": "off",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": "off",
      "no-restricted-imports": ["error", { paths: Object.keys(DOORS) }],
      "no-console": "error",
      "no-restricted-globals": ["error", { name: "fetch", message: "traffic goes through src/remote" }],
    },
  },
  ...Object.entries(DOORS).map(([name, door]) => ({
    files: [door],
    rules: { "no-restricted-imports": ["error", { paths: Object.keys(DOORS).filter((other) => other !== name) }] },
  })),
  {
    files: ["test/**", "*.ts"],
    rules: {
      "@typescript-eslint/no-non-null-assertion": "off",
      "no-restricted-imports": "off",
      "@typescript-eslint/unbound-method": "off",
    },
  },
  { files: ["**/*.mjs", "**/*.js"], extends: [tseslint.configs.disableTypeChecked], rules: { "no-undef": "off" } },
);
