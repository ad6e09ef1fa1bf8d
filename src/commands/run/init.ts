/** `dsrctl init`: writes an inventory with the description of a site, and the playbook that builds it. */
import { resolve } from "node:path";
import { kindOfPath } from "../../files.ts";
import { EXIT, InputError } from "../../core/problem.ts";
import type { ExitCode } from "../../core/problem.ts";
import type { Terminal } from "../../core/terminal.ts";
import { isIP } from "../../text/ip.ts";
import { listNames } from "../../text/suggest.ts";
import { UsageError } from "../args/usage-error.ts";
import { askText, isTyped } from "../input/prompt.ts";
import { siteFiles } from "./init-files.ts";
import type { NewHost, NewSite, NewVip } from "./init-files.ts";
import { STARTER } from "./starter.generated.ts";
import type { StarterFile } from "./starter.generated.ts";
import { createFile } from "./write-file.ts";

export interface InitArgs {
  readonly directory: string | undefined;
  readonly vip: readonly string[];
  readonly port: readonly string[];
  readonly director: readonly string[];
  readonly webNode: readonly string[];
  readonly client: readonly string[];
  readonly subnet: readonly string[];
  readonly interface: string | undefined;
  readonly user: string | undefined;
}

interface File {
  readonly path: string;
  readonly text: string;
  readonly executable?: boolean;
}

/** Nothing is written if one of the files exists. @throws InputError, UsageError, Cancelled */
export async function runInit(args: InitArgs, terminal: Terminal): Promise<ExitCode> {
  const directory = args.directory ?? ".";
  const site = await newSite(args, terminal);
  const files: readonly File[] = [
    ...siteFiles(site),
    ...STARTER.map((file) => ({ ...file, text: textFor(file, site) })),
  ];
  const at = (file: File): string => (directory === "." ? file.path : `${directory}/${file.path}`);
  await refuseExisting(files.map(at), terminal.cwd);
  for (const file of files)
    await createFile(at(file), file.text, { cwd: terminal.cwd, executable: file.executable === true });
  terminal.out(`${files.map((file) => `wrote ${at(file)}\n`).join("")}\n${next(directory)}`);
  return EXIT.fine;
}

/** The last play of the playbook asks at the VIPs: without clients it would be an error. */
function textFor({ path, text }: StarterFile, { clients }: NewSite): string {
  if (path !== "site.yml" || clients.length > 0) return text;
  return text.slice(0, text.indexOf("\n- name: Clients are served"));
}

function next(directory: string): string {
  const enter = directory === "." ? "" : `  cd ${directory}\n`;
  return `Next, see what would change on the hosts:\n\n${enter}  dsrctl play site.yml -i prod --check --diff\n`;
}

async function refuseExisting(paths: readonly string[], cwd: string): Promise<void> {
  const kinds = await Promise.all(paths.map((path) => kindOfPath(resolve(cwd, path))));
  const there = paths.filter((_, index) => kinds[index] !== "nothing");
  if (there.length === 0) return;
  const message = `cannot write a new site: ${listNames(there)} ${there.length === 1 ? "exists" : "exist"} already`;
  throw new InputError([{ severity: "error", code: "file-not-written", message, help: "name another directory" }]);
}

interface Question {
  readonly option: string;
  readonly ask: string;
  readonly usual?: string;
}

const QUESTIONS = {
  vip: { option: "--vip", ask: "VIPs, with blanks between them (192.0.2.5 or www=192.0.2.5)" },
  director: { option: "--director", ask: "Directors (lb1=192.0.2.1 lb2=192.0.2.2)" },
  webNode: { option: "--web-node", ask: "Web nodes (web1=192.0.2.3 web2=192.0.2.4)" },
  client: {
    option: "--client",
    ask: "Hosts that ask at the VIPs, to prove that they serve; none: an empty line",
    usual: "",
  },
  port: { option: "--port", ask: "Ports of the service", usual: "80" },
  interface: { option: "--interface", ask: "Interface of the hosts", usual: "eth0" },
  user: { option: "--user", ask: "User to log in as", usual: "root" },
} as const satisfies Readonly<Record<string, Question>>;

/** At a terminal what is missing is asked. */
async function newSite(args: InitArgs, terminal: Terminal): Promise<NewSite> {
  const needed = [QUESTIONS.vip, QUESTIONS.director, QUESTIONS.webNode];
  const given = [args.vip, args.director, args.webNode];
  const missing = needed.filter((_, index) => given[index]?.length === 0).map(({ option }) => option);
  const asks = isTyped() && missing.length > 0;
  if (!asks && missing.length > 0)
    throw new UsageError(`missing option: ${missing.join(", ")}`, "see `dsrctl init --help`");
  const words = async (question: Question, values: readonly string[]): Promise<readonly string[]> =>
    values.length > 0 || !asks ? values : wordsIn(await askText(question.ask, question.usual, terminal));
  const word = async (question: Question, value: string | undefined): Promise<string> =>
    value ?? (asks ? await askText(question.ask, question.usual, terminal) : (question.usual ?? ""));
  const vips = vipsOf(await words(QUESTIONS.vip, args.vip));
  return {
    vips,
    directors: hostsOf(await words(QUESTIONS.director, args.director), "--director"),
    webNodes: hostsOf(await words(QUESTIONS.webNode, args.webNode), "--web-node"),
    clients: hostsOf(await words(QUESTIONS.client, args.client), "--client"),
    ports: portsOf(await words(QUESTIONS.port, args.port)),
    interface: await word(QUESTIONS.interface, args.interface),
    user: await word(QUESTIONS.user, args.user),
    subnets: args.subnet,
  };
}

function wordsIn(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

/** The first without a name is `www`. */
function vipsOf(words: readonly string[]): readonly NewVip[] {
  return words.map((word, index) => {
    const [first = "", second] = word.split("=");
    const usual = index === 0 ? "www" : `www${index + 1}`;
    const vip = second === undefined ? { name: usual, address: first } : { name: first, address: second };
    if (vip.name !== "" && isIP(vip.address) !== 0) return vip;
    throw new UsageError(`invalid value of \`--vip\`: \`${word}\``, "write ADDRESS or NAME=ADDRESS");
  });
}

/** A host has an address of each family at most. */
function hostsOf(words: readonly string[], option: string): readonly NewHost[] {
  return words.map((word) => {
    const [name = "", rest = ""] = word.split("=");
    const addresses = rest.split(",").filter((address) => address !== "");
    if (name !== "" && addresses.length > 0 && addresses.every((address) => isIP(address) !== 0))
      return { name, addresses };
    throw new UsageError(
      `invalid value of \`${option}\`: \`${word}\``,
      "write NAME=ADDRESS or NAME=ADDRESS,ADDRESS, for example web1=192.0.2.3",
    );
  });
}

function portsOf(words: readonly string[]): readonly number[] {
  const all = words.flatMap((word) => word.split(",")).filter((word) => word !== "");
  return (all.length === 0 ? ["80"] : all).map((word) => {
    const port = Number(word);
    if (/^\d+$/.test(word) && port >= 1 && port <= 65535) return port;
    throw new UsageError(`invalid value of \`--port\`: \`${word}\``, "write a port from 1 to 65535");
  });
}
