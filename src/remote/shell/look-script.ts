/**
 * Writes the looks at the end of a batch as shell. The prefix of a look's function name says how the look is made. It
 * shares a shell with others, has a shell of its own, or runs in parallel because it waits for the network.
 */
import type { Sh } from "../../core/shell.ts";
import { prefetchScript } from "./grouped-looks.ts";
import { NOTHING } from "./answer-functions.ts";

/** Prefix of looks that share a shell, since none sees what another did in it. */
const SHARES = "s";

/** Prefix of looks that wait for the network. */
const WAITS = "w";

/** How many looks that wait for the network run in parallel; the others wait for their turn. */
const SIDE_BY_SIDE = 32;

export function nameFor(look: Sh, waits: boolean | undefined): string {
  if (look.text().trim() === "") return NOTHING;
  if (waits === true) return WAITS;
  return look.leavesShellUnchanged ? SHARES : "l";
}

/** By the names of their functions. */
type Looks = ReadonlyMap<string, Sh>;

/**
 * The looks, and their group. `open` are the looks of steps, which are made only if `$dsr_names` contains them. Looks
 * that wait for the network start first and are collected last. Looks of one kind with a prefetch are made in one
 * process.
 */
export function lookText(looks: Looks, open: Looks): string {
  const [waiting, others] = parted(looks, (name) => name.startsWith(WAITS));
  const [sharing, alone] = parted(others, (name) => name.startsWith(SHARES));
  const { ask, forget } = prefetchScript(others.values());
  const beside = [...looks.keys(), ...open.keys()].some((name) => name.startsWith(WAITS));
  return [
    ...(beside ? [BESIDE] : []),
    "dsr_parts=",
    ...groupsOf(waiting).map(beginning),
    `${ask}:`,
    ...(open.size === 0 ? [] : [OPEN]),
    ...(alone.size === 0 ? [] : [`for dsr_name in ${names(alone)}; do ${ALONE}; done`]),
    ...(sharing.size + open.size === 0 ? [] : [`dsr_share ${names(sharing)}${open.size === 0 ? "" : ' "$@"'}`]),
    `${forget}:`,
    ...(beside ? ["dsr_hear"] : []),
    "dsr_emit L $dsr_parts || exit",
  ].join("\n");
}

const names = (looks: Looks): string => [...looks.keys()].join(" ");

function parted(looks: Looks, is: (name: string) => boolean): readonly [Looks, Looks] {
  const all = [...looks];
  return [new Map(all.filter(([name]) => is(name))), new Map(all.filter(([name]) => !is(name)))];
}

/** Looks of one kind that share a shell are grouped, up to a limit; any other look is a group by itself. */
function groupsOf(waiting: Looks): readonly Looks[] {
  const groups = new Map<string, [string, Sh][]>();
  for (const [name, look] of waiting) {
    const kind = look.leavesShellUnchanged ? look.calls()[0]?.of.prefetch : undefined;
    const key = kind === undefined ? name : `ahead ${kind}`;
    groups.set(key, [...(groups.get(key) ?? []), [name, look]]);
  }
  return [...groups.values()].flatMap((all) =>
    Array.from({ length: Math.ceil(all.length / SIDE_BY_SIDE) }, (_, index) => {
      return new Map(all.slice(index * SIDE_BY_SIDE, (index + 1) * SIDE_BY_SIDE));
    }),
  );
}

function beginning(group: Looks): string {
  const [first = ""] = group.keys();
  const begun = `dsr_begun ${group.size} $!:${[...group.keys()].join(":")}`;
  if (group.size === 1) return `dsr_look ${first} & ${begun}`;
  return `{ ${prefetchScript(group.values()).ask}dsr_each ${names(group)}; } 3>"$dsr_dir/${first}.c" & ${begun}`;
}

const ALONE = `dsr_run $dsr_name; dsr_parts="$dsr_parts $dsr_name:$dsr_code"`;

/** How the looks of steps are made. */
const OPEN = `set --
for dsr_name in $dsr_names; do case $dsr_name in
${WAITS}*) dsr_look $dsr_name & dsr_begun 1 $!:$dsr_name ;;
${SHARES}*) set -- "$@" $dsr_name ;;
*) ${ALONE} ;;
esac; done`;

/** `dsr_begun COUNT PID:NAME:…` */
const BESIDE = `dsr_beside= dsr_count=0
dsr_begun() {
dsr_beside="$dsr_beside $2" dsr_count=$((dsr_count + $1))
[ $dsr_count -lt ${SIDE_BY_SIDE} ] || dsr_hear
}
dsr_hear() {
for dsr_one in $dsr_beside; do
IFS=:; set -- $dsr_one; unset IFS
wait $1; dsr_code=$?; shift
if [ $# = 1 ]; then dsr_parts="$dsr_parts $1:$dsr_code"; else dsr_heard $dsr_code "$@"; fi
done
dsr_beside= dsr_count=0
dsr_roomy
}`;
