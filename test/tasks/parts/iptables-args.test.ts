import { describe, expect, it } from "vitest";
import { rulesKey } from "../../../src/firewalld/iptables-args.ts";

const words = (text: string): readonly string[] => text.split(" ");

/** Each pair was given to iptables 1.8.9: whether `iptables -S` shows one rule or two. */
describe("rules of iptables", () => {
  it.each([
    ["-d 10.0.0.5 -j REDIRECT", "--destination 10.0.0.5/32 --jump REDIRECT", true],
    ["-d 10.0.0.5 -j REDIRECT", "--dst 10.0.0.5/255.255.255.255 -j REDIRECT", true],
    ["-d 10.0.0.5/24 -j REDIRECT", "-d 10.0.0.0/24 -j REDIRECT", true],
    ["-d 10.0.0.5 -p tcp --dport 80 -j REDIRECT", "-p TCP -d 10.0.0.5 -m tcp --destination-port 80 -j REDIRECT", true],
    ["-p tcp --dport 80 -j REDIRECT --to-ports 80", "-p 6 --dport 80 -j REDIRECT --to-port 80", true],
    ["-p vrrp -i eth0 -j ACCEPT", "--in-interface eth0 --proto 112 -j ACCEPT", true],
    ["-s 0.0.0.0/0 -p all -j RETURN", "-j RETURN", true],
    ["! -d 10.0.0.5 -j RETURN", "! --destination 10.0.0.5/32 -j RETURN", true],
    ["-d 10.0.0.5 -j REDIRECT", "-s 10.0.0.5 -j REDIRECT", false],
    ["-d 10.0.0.5 -j RETURN", "! -d 10.0.0.5 -j RETURN", false],
    ["-d 10.0.0.5 -j REDIRECT", "-d 10.0.0.5 -p tcp -j REDIRECT", false],
    ["-p tcp --dport 80 -j RETURN", "-p tcp --sport 80 -j RETURN", false],
    ["-p tcp -m multiport --dports 80 -j RETURN", "-p tcp --dport 80 -j RETURN", false],
    ["-p tcp --dport 80 -j REDIRECT", "-p tcp --dport 80 -j REDIRECT --to-ports 80", false],
    ["-m conntrack --ctstate NEW -j RETURN", "-m conntrack --ctstate INVALID -j RETURN", false],
    ["-j ours", "-g ours", false],
  ])("%s and %s: %s", (one, other, same) => expect(rulesKey(words(one)) === rulesKey(words(other))).toBe(same));
});
