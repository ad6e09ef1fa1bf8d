#!/usr/bin/env node
import { lstatSync, mkdirSync } from "node:fs";
import module from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 20)) {
  process.stderr.write(`dsrctl needs Node 20.20 or later; this is ${process.version}\n`);
  process.exit(1);
}
keepCompiled();
await import("../dist/cli.js");

/**
 * Node 22 and later can keep what it compiled. It believes what it finds there, so nobody else may write there: Node's
 * own default is a folder in /tmp, whose name anyone can take first.
 */
function keepCompiled() {
  if (module.enableCompileCache === undefined || process.env.NODE_DISABLE_COMPILE_CACHE) return;
  try {
    const caches = join(homedir(), ".cache");
    const own = join(caches, "dsrctl");
    if (!isOurs(homedir())) return;
    mkdirSync(own, { recursive: true, mode: 0o700 });
    if (isOurs(caches) && isOurs(own)) module.enableCompileCache(own);
  } catch {
    // A home that is not there or is read-only: everything works without.
  }
}

/** A folder, no link to one, that only we may write to. */
function isOurs(folder) {
  const { uid, mode } = lstatSync(folder);
  return uid === process.getuid?.() && (mode & 0o170022) === 0o040000;
}
