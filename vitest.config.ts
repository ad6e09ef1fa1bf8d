import { defineConfig } from "vitest/config";

/** What starts programs, or needs root: not part of the unit tests. */
const REMOTE = [
  "test/remote/**/*.test.ts",
  "test/cli/{kept,program,reading,start,terminal}.test.ts",
  "test/tasks/sysctl/boot.test.ts",
];
const SETUP = ["test/setup.ts"];
const LAB = ["test/lab/**/*.test.ts"];

export default defineConfig({
  test: {
    projects: [
      {
        // Properties start real shells hundreds of times, on machines that may be busy.
        test: {
          ...{ name: "unit", include: ["test/**/*.test.ts"], exclude: [...REMOTE, ...LAB] },
          ...{ testTimeout: 30_000, setupFiles: SETUP },
        },
      },
      {
        // A real sshd on loopback, real shells: what an in-process fake cannot prove.
        test: { name: "remote", include: REMOTE, testTimeout: 30_000, hookTimeout: 60_000, setupFiles: SETUP },
      },
      {
        // The lab of real hosts is one thing: its tests run one after another.
        test: {
          name: "lab",
          include: LAB,
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
