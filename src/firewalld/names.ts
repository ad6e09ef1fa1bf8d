/** Finds the names that the values of a zone's entries use, and where firewalld keeps them. */
import { Blocked } from "../core/task-type.ts";
import type { Change } from "../core/task-type.ts";
import type { Item } from "./zone.ts";

export interface Named {
  /** Under /etc/firewalld and /usr/lib/firewalld. */
  readonly directory: "services" | "ipsets" | "icmptypes";
  readonly name: string;
}

const WHAT = { services: "service", ipsets: "ipset", icmptypes: "ICMP type" } as const;

/** The services, ipsets and ICMP types that an item names. */
export function namesIn(item: Item): readonly Named[] {
  if (item.is === "service") return [{ directory: "services", name: item.name }];
  if (item.is === "source" && item.name.startsWith("ipset:"))
    return [{ directory: "ipsets", name: item.name.slice(6) }];
  if (item.is !== "rich-rule") return [];
  return item.rule.parts.flatMap(({ name, attributes }): readonly Named[] => {
    if (attributes.ipset !== undefined) return [{ directory: "ipsets", name: attributes.ipset }];
    if (attributes.name === undefined) return [];
    return [{ directory: name === "service" ? "services" : "icmptypes", name: attributes.name }];
  });
}

/** A name that firewalld does not know, in one of the stores. */
export function unknownName({ directory, name }: Named, store: "runtime" | "permanent", hasFile: boolean): Blocked {
  const what = WHAT[directory];
  const path = `/etc/firewalld/${directory}/${name}.xml`;
  if (store === "runtime" && hasFile) {
    const why = `firewalld has not read the ${what} \`${name}\` yet: its file is newer than that`;
    return new Blocked(
      why,
      "reload firewalld first: `service: {name: firewalld, state: reloaded}`",
      makesFirewalldRead,
    );
  }
  const list = directory === "services" ? ", `firewall-cmd --get-services` lists those it knows" : "";
  const one = name.includes(",") ? "; one a task" : "";
  const why = `firewalld knows no ${what} \`${name}\`: it would not load its configuration at the next reload or boot`;
  const lifted = (change: Change): boolean => makesFirewalldRead(change) || change.about.includes(path);
  return new Blocked(
    why,
    `\`${path}\` would make it one${list}${one}`,
    store === "runtime" ? makesFirewalldRead : lifted,
  );
}

/** Whether a change may make firewalld read its files: a service task for it, and tasks whose effect is not known. */
export function makesFirewalldRead({ kind, about }: Change): boolean {
  if (kind === "command" || kind === "shell") return true;
  return (kind === "service" || kind === "package") && about.includes("firewalld");
}
