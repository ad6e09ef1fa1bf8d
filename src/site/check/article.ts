/** What the article's way cannot build: it would leave it out, or write what keepalived refuses. */
import type { Service, Site, SiteProblem } from "../model/site.ts";

export function checkArticle({ data, instances, services }: Site): readonly SiteProblem[] {
  if (data.profile !== "article") return [];
  const vips = instances.flatMap((each) => each.vips);
  const first = vips.find(({ version }) => version === 4);
  const others = vips.filter((vip) => vip !== first);
  return [
    ...others.map(({ instance, name }) => finding(["vrrp_instances", instance, "vips", name], "has one IPv4 VIP only")),
    ...services.flatMap(serviceProblems),
  ];
}

function serviceProblems({ name, data }: Service): readonly SiteProblem[] {
  const own = ["services", name];
  return [
    ...(data.protocol === "udp" ? [finding([...own, "protocol"], "has no UDP")] : []),
    ...(data.fwmark === undefined ? [] : [finding([...own, "fwmark"], "has no firewall marks")]),
    ...(data.sorry_server === undefined ? [] : [sorryServer([...own, "sorry_server"])]),
  ];
}

function finding(path: SiteProblem["path"], what: string): SiteProblem {
  return { path, message: `the way of the article ${what}`, help: "leave out `profile: article`" };
}

function sorryServer(path: SiteProblem["path"]): SiteProblem {
  const help = "write its address as `article.sorry_server`";
  return { path, message: "the way of the article takes the sorry server from `article`", help };
}
