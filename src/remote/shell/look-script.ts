/**
 * The looks at the end of a batch, as text. How the name of a look's function begins says how it is made: with others
 * in one shell, in a shell of its own, or beside the rest because it waits for others than the host.
 */
import type { Sh } from "../../core/shell.ts";
import { prefetchScript } from "./grouped-looks.ts";
import { NOTHING } from "./answer-functions.ts";

/** How the names of looks begin that share a shell, since none sees what another did in it. */
const SHARES = "s";

/** That wait for others than the host. */
const WAITS = "w";

/** Looks that wait for others may be made at once; more of them wait for their turn. */
const SIDE_BY_SIDE = 32;

export function nameFor(look: Sh, waits: boolean | undefined): string {
  if (look.text().trim() === "") return NOTHING;
  if (waits === true) return WAITS;
  return look.leavesShellUnchanged ? SHARES : "l";
}

/** By the names of their functions. */
type Looks = ReadonlyMap<string, Sh>;

/**
 * The looks, and their group. `open`: those of steps, which are made only where `$dsr_names` has them. Looks that wait
 * are begun first, and heard at the end; those of one kind that can be asked about together are made in one process.
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

/** Tidy looks of one kind go together, a limited number of them; any other by itself. */
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

/** What is to be made of the looks of steps. */
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
