import { defineConfig } from "vitest/config";

const REAL = ["test/remote/**/*.test.ts", "test/lab/**/*.test.ts"];

export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["test/**/*.test.ts"], exclude: REAL } },
      {
        // A real sshd on loopback, real shells: what an in-process fake cannot prove.
        test: { name: "remote", include: ["test/remote/**/*.test.ts"], testTimeout: 30_000, hookTimeout: 60_000 },
      },
      {
        // The lab of real hosts is one thing: its tests run one after another.
        test: {
          name: "lab",
          include: ["test/lab/**/*.test.ts"],
          globalSetup: ["test/lab/teardown.ts"],
          testTimeout: 180_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
