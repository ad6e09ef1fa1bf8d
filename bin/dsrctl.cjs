#!/usr/bin/env node
"use strict";

// Old Nodes have to understand this file, and none of those that it loads.
var program = require("path").join(__dirname, "../dist/dsrctl.cjs");
var version = process.versions.node.split(".").map(Number);
if (version[0] < 20 || (version[0] === 20 && version[1] < 19)) {
  refuse("dsrctl needs Node 20.19 or later; this is " + process.versions.node + ", " + process.execPath);
}
if (!require("fs").existsSync(program)) refuse("dsrctl is not built: run `npm ci && npm run build` where it lies");
require(program);

function refuse(why) {
  process.stderr.write("error: " + why + "\n");
  process.exit(1);
}
