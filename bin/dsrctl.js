#!/usr/bin/env node
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 20)) {
  process.stderr.write(`dsrctl needs Node 20.20 or later; this is ${process.version}\n`);
  process.exit(1);
}
await import("../dist/cli.js");
