import { describe, expect, it } from "vitest";
import { redactCommand, registerCredentials } from "../src/core/redact-command.ts";
import { redact } from "../src/core/secret.ts";

describe("the credentials of a command", () => {
  it.each([
    ["ncat --proxy p:3128 --proxy-auth joe:sesame22 %h %p", "ncat --proxy p:3128 --proxy-auth •••• %h %p"],
    ["ncat --proxy-auth='joe:open sesame' %h", "ncat --proxy-auth=•••• %h"],
    [
      "socat - PROXY:p:%h:%p,proxyport=3128,proxyauth=joe:sesame22",
      "socat - PROXY:p:%h:%p,proxyport=3128,proxyauth=••••",
    ],
    ["env HTTP_PROXY_PASSWORD=sesame22 connect -H p %h %p", "env HTTP_PROXY_PASSWORD=•••• connect -H p %h %p"],
    ["relay https://joe:sesame22@proxy:8080 %h", "relay https://joe:••••@proxy:8080 %h"],
    ["relay https://joe:se@same22@proxy:8080 %h", "relay https://joe:••••@proxy:8080 %h"],
    ["relay -H 'Proxy-Authorization: Basic am9lOnNlc2FtZQ==' %h", "relay -H 'Proxy-Authorization: Basic ••••' %h"],
    ["curl -u joe:sesame22 telnet://%h", "curl -u joe:•••• telnet://%h"],
    ["sshpass -p sesame22 ssh -W %h:%p gate", "sshpass -p •••• ssh -W %h:%p gate"],
    ["tsh proxy ssh --token sesame22", "tsh proxy ssh --token ••••"],
  ])("%s", (command, shown) => expect(redactCommand(command)).toBe(shown));

  it.each([
    "ssh -F none -i /root/.ssh/id -o PasswordAuthentication=no -o UserKnownHostsFile=/a -p 2222 -W %h:%p root@gate",
    "ncat --proxy p:3128 --proxy-type http %h %p",
    "corkscrew p 3128 %h %p ~/.proxyauth",
    "ncat --proxy-auth-file /etc/proxy.auth %h %p",
    "relay --password=$PROXY_PASSWORD %h",
    "nc -X connect -x p:3128 %h %p",
  ])("there are none in: %s", (command) => expect(redactCommand(command)).toBe(command));

  it("are registered, so that what repeats them shows dots", () => {
    registerCredentials("ncat --proxy-auth joe:sesame-canary %h %p");
    expect(redact("ncat: joe:sesame-canary refused; sesame-canary is wrong")).toBe("ncat: •••• refused; •••• is wrong");
    registerCredentials("relay --auth negotiate --token root");
    expect(redact("negotiate as root")).toBe("negotiate as root");
  });
});
