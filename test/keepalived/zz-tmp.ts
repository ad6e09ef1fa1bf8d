import fc from "fast-check";
import { build } from "/work/main/src/keepalived/build.ts";
import { forVersion } from "/work/main/src/keepalived/dialect.ts";
import { print } from "/work/main/src/keepalived/print.ts";
import { anyData } from "/work/main/test/keepalived/data.ts";
import { ask } from "/work/main/test/keepalived/oracle.ts";
const taken = fc.sample(anyData, { numRuns: 6000, seed: Number(process.argv[2]) }).map((data:any) => build(data)).filter((x:any)=>x.problems.length===0&&x.body.length>0&&forVersion(x.body,"2.2.7").cannot.length===0).slice(0,900);
console.log(taken.length);
const form=/Unknown keyword|Unmatched|Unexpected .{|Extra|missing .}|Missing .{|extra parameters/;
let n=0; for (const {body} of taken){const t=print(body,false);const a=await ask(t);const m=a.messages.filter((x:string)=>form.test(x));if(m.length){console.log(t,JSON.stringify(a));if(++n>6)break;}}
