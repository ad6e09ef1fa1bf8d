/** Planted secrets, and where they are looked for. */
import { readFileSync, readdirSync } from "node:fs";

/** By the name that a test gives them. */
export type Canaries = Readonly<Record<string, string>>;

/** How programs may write them. */
function forms(secret: string): readonly string[] {
  const base64 = Buffer.from(secret).toString("base64").replace(/=+$/, "");
  return [...new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret), base64])];
}

/** The names of those that stand in a text. */
export function foundIn(canaries: Canaries, text: string): readonly string[] {
  return Object.entries(canaries).flatMap(([name, secret]) =>
    forms(secret).some((form) => text.includes(form)) ? [name] : [],
  );
}

/** What can be seen of all processes while something goes on; looked at as often as possible. */
export async function watchedFor<T>(
  canaries: Canaries,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly seen: Set<string>; readonly samples: number }> {
  const seen = new Set<string>();
  let samples = 0;
  let going = true;
  const look = async (): Promise<void> => {
    while (going) {
      for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)) {
        for (const file of ["cmdline", "environ"]) {
          try {
            const text = readFileSync(`/proc/${pid}/${file}`, "latin1");
            for (const name of foundIn(canaries, Buffer.from(text, "latin1").toString("utf8")))
              seen.add(`${name} in ${file}: ${text.slice(0, 200)}`);
          } catch {
            // It has ended.
          }
        }
      }
      samples += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const watching = look();
  try {
    return { result: await work(), seen, samples };
  } finally {
    going = false;
    await watching;
  }
}
