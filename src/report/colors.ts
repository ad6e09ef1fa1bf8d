/** The only file that imports picocolors. */
import pc from "picocolors";

export type Colors = Pick<
  ReturnType<typeof pc.createColors>,
  "bold" | "dim" | "red" | "green" | "yellow" | "blue" | "magenta" | "cyan"
>;

export function colors(enabled: boolean): Colors {
  return pc.createColors(enabled);
}
