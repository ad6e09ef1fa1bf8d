/** What OpenSSH's ssh prints, and the stage it means: one event may have several wordings, in any order. */
import { describe, expect, it } from "vitest";
import { openSshFailure } from "../../src/remote/openssh/failure.ts";
import type { Target } from "../../src/core/target.ts";

const plain = { address: "10.0.0.9", jump: [], proxyCommand: undefined } as unknown as Target;
const proxied: Target = { ...plain, proxyCommand: "nc %h %p" };
const END = { fate: "code 255", failed: false };
const jumped: Target = { ...plain, jump: [plain] };

// As ssh 9.2 printed them in 150 runs on a machine with nothing else to do and 150 on a busy one.
const ENDED = [
  "nobody there\nkex_exchange_identification: Connection closed by remote host\r\nConnection closed by UNKNOWN port 65535",
  "kex_exchange_identification: Connection closed by remote host\r\nnobody there\nConnection closed by UNKNOWN port 65535",
  "kex_exchange_identification: Connection closed by remote host\r\nConnection closed by UNKNOWN port 65535\r\nnobody there",
  "nobody there\nbanner exchange: Connection to UNKNOWN port 65535: Broken pipe",
];

describe("what ssh says", () => {
  it.each(ENDED)("of a proxy that ended, whoever was quicker: %j", (said) => {
    expect(openSshFailure(proxied, said, END)).toMatchObject({
      stage: "proxy",
      message: "the proxy command ended before the host answered: `nobody there`",
      retry: true,
    });
  });

  it.each<[string, Target, string, string]>([
    ["a proxy without a word", proxied, "banner exchange: Connection to UNKNOWN port 65535: Broken pipe", "proxy"],
    ["a proxy that hangs", proxied, "Connection timed out during banner exchange", "proxy"],
    ["a host that hangs", plain, "Connection timed out during banner exchange", "handshake"],
    ["a host that drops", plain, "kex_exchange_identification: read: Connection reset by peer", "handshake"],
    ["a host that drops at once", plain, "banner exchange: Connection to 10.0.0.9 port 22: Broken pipe", "handshake"],
    [
      "a jump host that is down",
      jumped,
      "ssh: connect to host 10.0.0.1 port 22: Connection refused\r\nkex_exchange_identification: Connection closed by remote host\r\nConnection closed by UNKNOWN port 65535",
      "tcp",
    ],
    [
      "a host that is down behind a jump host",
      jumped,
      "channel 0: open failed: connect failed: Connection refused\r\nstdio forwarding failed\r\nkex_exchange_identification: Connection closed by remote host",
      "tcp",
    ],
    [
      "a host that drops behind a jump host",
      jumped,
      "kex_exchange_identification: Connection closed by remote host\r\nConnection closed by UNKNOWN port 65535",
      "handshake",
    ],
  ])("of %s", (_, target, said, stage) => {
    expect(openSshFailure(target, said, END).stage).toBe(stage);
  });
});
