/** Files of ssh_config at random: right ones, odd ones and wrong ones. */
import fc from "fast-check";
import type { Case } from "./answer.ts";

const name = fc.constantFrom("web", "web1", "WEB", "lb", "a.example.org", "10.0.0.1", "x");
const pattern = fc.constantFrom(
  "*",
  "web",
  "web*",
  "web?",
  "!web1",
  "*.org",
  "lb",
  "!*",
  "W*",
  "?",
  "10.*",
  '"web"',
  "x",
  "web,lb",
);
const word = fc.constantFrom(
  "a",
  "b-c",
  '"x y"',
  "'q'",
  "/k/%h",
  "~/k",
  "%d/k",
  "none",
  "a=b",
  "a#b",
  "\\ z",
  "${HOME}/e",
);
const number = fc.constantFrom("1", "22", "65535", "2200", "007", "+5");

const values: Readonly<Record<string, fc.Arbitrary<string>>> = {
  Port: number,
  User: fc.constantFrom("me", "you", '"a b"', "admin"),
  HostName: fc.constantFrom("%h", "%h.lan", "10.0.0.9", "Other", "a%%b"),
  HostKeyAlias: fc.constantFrom("k", "Key"),
  IdentityFile: word,
  CertificateFile: word,
  IdentitiesOnly: fc.constantFrom("yes", "no", "True", "FALSE"),
  IdentityAgent: fc.constantFrom("none", "~/s", "/s-%h-%p-%r", "%d/s"),
  UserKnownHostsFile: fc
    .array(fc.constantFrom("~/k", "/k-%h", "/%n-%k", "/%C", "/%L-%l-%u-%i"), { minLength: 1, maxLength: 3 })
    .map((each) => each.join(" ")),
  GlobalKnownHostsFile: fc.constantFrom("/g", "/g /h", "none"),
  StrictHostKeyChecking: fc.constantFrom("yes", "no", "ask", "accept-new", "off"),
  ServerAliveInterval: fc.constantFrom("5", "1m", "1h2m3s", "none", "0"),
  ServerAliveCountMax: fc.constantFrom("0", "4"),
  ConnectTimeout: fc.constantFrom("9", "none", "2M"),
  ProxyJump: fc.constantFrom("a", "a,b", "me@a:22", "none", "[fe80::1]:2,c", "ssh://u@h:3"),
  ProxyCommand: fc.constantFrom("nc %h %p", "none", "= x # y", "ssh -W %h:%p 'b'"),
  GSSAPIAuthentication: fc.constantFrom("yes", "no"),
  AddressFamily: fc.constantFrom("inet", "inet6", "any"),
  SendEnv: fc.constantFrom("LANG", "A B"),
};

const setting = fc
  .constantFrom(...Object.keys(values))
  .chain((key) =>
    fc
      .tuple(
        fc.constantFrom(key, key, key.toLowerCase(), key.toUpperCase()),
        fc.constantFrom(" ", " ", "=", "\t", " = "),
        values[key]!,
      )
      .map((each) => each.join("")),
  );

const criterion = fc.oneof(
  fc
    .tuple(
      fc.constantFrom("host", "originalhost"),
      fc.constantFrom("web", "web*,lb", "*,!web1", "*.lan", "OTHER", "10.0.0.9"),
    )
    .map((each) => each.join(" ")),
  fc.tuple(fc.constantFrom("user", "!user"), fc.constantFrom("me", "you,admin", "*")).map((each) => each.join(" ")),
  fc.constantFrom(
    "localuser *",
    "!localuser *",
    "final",
    "canonical",
    "!final",
    "exec true",
    "exec false",
    '!exec "test %h = web"',
    "!host web",
  ),
);

const block = fc.oneof(
  { weight: 3, arbitrary: fc.array(pattern, { minLength: 1, maxLength: 3 }).map((each) => `Host ${each.join(" ")}`) },
  {
    weight: 3,
    arbitrary: fc.array(criterion, { minLength: 1, maxLength: 3 }).map((each) => `Match ${each.join(" ")}`),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom("Match all", "Match final all", "Include DIR/one", "Include DIR/o* DIR/two", "# no"),
  },
);

const wrong = fc.constantFrom(
  "Port x",
  "Host",
  "User",
  'User "a',
  "Match",
  "Match hots x",
  "ConnectTimeout soon",
  "HostName %z",
  "UserKnownHostsFile %q",
);

const line = fc.oneof(
  { weight: 60, arbitrary: setting },
  { weight: 30, arbitrary: block },
  { weight: 1, arbitrary: wrong },
);
const file = fc
  .array(
    fc.tuple(fc.constantFrom("", "  ", "\t"), line, fc.constantFrom("", "", " ")).map((each) => each.join("")),
    { maxLength: 14 },
  )
  .map((lines) => `${lines.join("\n")}\n`);
const leaf = fc.array(setting, { maxLength: 4 }).map((lines) => `${lines.join("\n")}\n`);

export const configs: fc.Arbitrary<Case> = fc.record({
  name: fc.constant("generated"),
  host: name,
  config: file,
  files: fc.record({ one: file.map((text) => text.replaceAll("Include", "# Include")), two: leaf }),
});
