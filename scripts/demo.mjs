/**
 * `npm run demo`: the main job on the lab of real hosts. Sets everything up, then runs the program as a user would:
 * each command is shown before it runs.
 */
import { spawnSync } from "node:child_process";
import { announce, built, npmPackages } from "./ready.mjs";

const began = Date.now();
process.chdir(new URL("..", import.meta.url).pathname);
npmPackages();
built();

function dsrctl(why, ...args) {
  process.stdout.write(`\n\u001b[1m# ${why}\u001b[0m\n$ dsrctl ${args.map(quoted).join(" ")}\n`);
  const { status } = spawnSync(process.execPath, ["bin/dsrctl.cjs", ...args], { stdio: "inherit" });
  if (status !== 0) {
    announce(`dsrctl ended with code ${status}`);
    process.exit(status ?? 1);
  }
}

function quoted(word) {
  return /^[\w./:@=-]+$/.test(word) ? word : `'${word}'`;
}

dsrctl("Five real hosts on this machine, fresh: two directors, two web nodes, a client", "lab", "reset");
dsrctl("What would change? (A dry run; nothing is touched)", "play", "site.yml", "-i", "lab", "--check");
dsrctl(
  "Build the site: firewalld, sysctl, keepalived, IPVS; then prove that the VIP serves",
  "play",
  "site.yml",
  "-i",
  "lab",
);
dsrctl(
  "A client asks at the VIP; persistence keeps it on one web node",
  "lab",
  "ssh",
  "client",
  "for i in 1 2 3; do curl -s http://10.0.0.5/; done",
);
dsrctl("Again: nothing to change, one exec a host", "play", "site.yml", "-i", "lab", "-v");
dsrctl(
  "Rehearse a failover: stop keepalived on the director that holds the VIP",
  "drill",
  "failover",
  "-i",
  "lab",
  "--settle",
  "3",
  "--hold",
  "2",
);

process.stdout.write("\n");
announce(
  `done in ${Math.round((Date.now() - began) / 1000)} s. The lab is still up: try \`npx dsrctl lab status\`, or \`npx dsrctl lab down\``,
);
