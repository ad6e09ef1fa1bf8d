import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** What starts programs, or needs root: not part of the unit tests. */
const REMOTE = [
  "test/remote/**/*.test.ts",
  "test/cli/{completion,extensions,kept,program,reading,start,terminal}.test.ts",
  "test/engine/crash.test.ts",
  "test/tasks/sysctl/boot.test.ts",
  // Programs of others that judge the same input: Ansible, keepalived, ssh.
  "test/inventory/{extra,generated,odd}.test.ts",
  "test/jinja/{attacks,generated}.test.ts",
  "test/keepalived/{lint-oracle,oracle}.test.ts",
  "test/site/keepalived.test.ts",
  "test/ssh-config/reader.test.ts",
  "test/vault/{ansible,shown}.test.ts",
];
const SETUP = ["test/setup.ts"];
const LAB = ["test/lab/**/*.test.ts"];
/** A site of fourteen hosts: `npm run test:twin`. */
const TWIN = ["test/twin/**/*.test.ts"];

export default defineConfig({
  test: {
    // By itself it leaves one core free, which is half of the machine where there are two.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        // Properties start real shells hundreds of times, on machines that may be busy.
        test: {
          ...{ name: "unit", include: ["test/**/*.test.ts"], exclude: [...REMOTE, ...LAB, ...TWIN] },
          ...{ testTimeout: 30_000, setupFiles: SETUP },
          // A lab of the machine that runs is no business of theirs.
          env: { DSRCTL_LAB: "unit-tests" },
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
      { test: { name: "twin", include: TWIN, testTimeout: 900_000, hookTimeout: 900_000 } },
    ],
  },
});
