#!/usr/bin/env node
"use strict";

// Old Nodes have to understand this file, and none of those that it loads.
var version = process.versions.node.split(".").map(Number);
if (version[0] < 20 || (version[0] === 20 && version[1] < 20)) {
  process.stderr.write("dsrctl needs Node 20.20 or later; this is " + process.version + "\n");
  process.exit(1);
}
require("../dist/dsrctl.cjs");
