/** The shell that installs and removes packages: apt-get on Debian's family, yum or dnf on Red Hat's. */
import { call, lines, sh } from "../../core/shell.ts";
import type { Sh, ShFunction } from "../../core/shell.ts";

export type PackageTool = "apt" | "yum" | "dnf";

interface PackageWork {
  readonly names: readonly string[];
  /** Refresh the lists first, unless they are younger than this many seconds. */
  readonly refresh?: number | undefined;
  /** apt: also install recommended packages. Left out: as the host is configured. */
  readonly recommends?: boolean | undefined;
}

/** One line per package: name, state as dpkg has it, version. */
const DPKG_FORMAT = "${Package}\\t${db:Status-Status}\\t${Version}\\n";
const RPM_FORMAT = "%{NAME}\\tinstalled\\t%{EVR}\\n";

/**
 * The same for every installed package that provides `$name`; the fourth field ends with the list of what it provides,
 * separated by commas.
 */
const DPKG_PROVIDES = sh`$name${"\\tby\\t${Package} ${Version}\\t${db:Status-Status}, ${Provides},\\n"}`;
const RPM_PROVIDES = sh`$name${"\\tby\\t%{NAME} %{EVR}\\n"}`;

/**
 * `packages NAME …` prints the tool on the first line, then name, dpkg state and version for each package in the
 * database. os-release(5) decides on the family (RHEL and its relatives name Fedora), because dpkg and rpm can both be
 * installed on either.
 *
 * A prefetch relies on this: the answer about several packages contains the same lines as answers about each alone.
 * They begin with the package's name, or are rpm's message that it is not installed. For a name that is not installed
 * the function also finds the packages that provide it; `packages - NAME …` does not.
 */
const PACKAGES: ShFunction = {
  name: "packages",
  prefetch: "packages",
  leavesShellUnchanged: true,
  text: sh`os_family() {
  [ ! -r /etc/os-release ] || . /etc/os-release
  os=deb
  case " $ID $ID_LIKE " in *' fedora '*) false ;; *) command -v dpkg-query >/dev/null ;; esac || os=rpm
}
ask_packages() {
  [ $os = rpm ] || exec dpkg-query -W -f ${DPKG_FORMAT} "$@"
  rpm -q --qf ${RPM_FORMAT} "$@" || :
}
learn_package() {
  case $line in
  *'	'*) learn packages "\${line%%	*}" "$line" ;;
  'package '*)
    name=\${line#package }
    learn packages "\${name%% *}" "$line" ;;
  esac
}
ahead_packages() { by_line learn_package "$(os_family; ask_packages "$@")"; }
packages() {
  all=1
  [ "$1" != - ] || { all=; shift; }
  os_family
  if [ $os = deb ]; then
    need dpkg-query dpkg
    echo apt
  else
    need rpm rpm
    command -v dnf >/dev/null && echo dnf || { need yum yum; echo yum; }
  fi
  if [ $# = 1 ] && recall packages $1; then said=$recalled
  else said=$(ask_packages "$@") || [ $? = 1 ] || return; fi
  printf %s "\${said:+$said
}"
  for name in \${all:+$*}; do
    case "
$said" in *"
$name	"[it]*) continue ;; esac
    if [ $os = deb ]; then dpkg-query -W -f ${DPKG_PROVIDES} | grep ", $name"
    else rpm -q --whatprovides --qf ${RPM_PROVIDES} $name; fi
  done
  :
}`.text(),
};

/**
 * Looks whether these are installed; tasks with a single package share a prefetch.
 *
 * @param provided whether a package that provides such a name counts
 */
export function lookForPackages(names: readonly string[], provided: boolean): Sh {
  return call(PACKAGES, provided ? names : ["-", ...names], names.length === 1 ? names[0] : undefined);
}

/** Ends the act with its failure and the tool's output. */
const STOP = sh`stop() { printf '%s\n' "$1" "$said" >&2; exit 1; }`;

const APT = sh`export DEBIAN_FRONTEND=noninteractive LC_ALL=C
apt() { apt-get -y -q -o Dpkg::Options::=--force-confold -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=60 "$@" 2>&1; }
${STOP}`;

/**
 * apt-get waits for dpkg's lock by itself, but not for the lock of the lists: another process may be refreshing them.
 */
const APT_REFRESH = sh`refresh() {
  tries=30
  until said=$(apt update); do
    case $said in *'Could not get lock'*) tries=$((tries - 1)) ;; *) tries=0 ;; esac
    [ "$tries" -gt 0 ] || stop 'apt-get could not refresh its package lists'
    sleep 2
  done
}`;

/** A second try after failures that can be repaired: old lists, an interrupted dpkg. */
const APT_TRY = sh`put_in || {
  case $said in
  *'dpkg was interrupted'*)
    said=$(dpkg --force-confold --configure -a 2>&1) || stop 'dpkg could not finish an earlier, interrupted installation' ;;
  *'Unable to locate package'*|*'has no installation candidate'*|*'Unable to fetch'*|*'Failed to fetch'*) refresh ;;
  *) stop "apt-get could not install $*" ;;
  esac
  put_in || stop "apt-get could not install $*"
}`;

/** What an installed package provides counts as installed: a virtual package is installed under another name. */
const APT_VERIFY = sh`for name; do
  case $(dpkg-query -W -f ${" ${db:Status-Status} "} "$name" 2>/dev/null) in
  *' installed '*|*' triggers-'*) ;;
  *)
    dpkg-query -W -f ${"${db:Status-Status}, ${Provides}, \\n"} | grep -E '^(installed|triggers-)' |
      grep -qF -e ", $name, " -e ", $name (" -e ", $name:" || stop "apt-get ended well, but $name is not installed" ;;
  esac
done`;

function aptInstall(work: PackageWork): Sh {
  const recommends = work.recommends === undefined ? [] : [`APT::Install-Recommends=${String(work.recommends)}`];
  const options = recommends.flatMap((setting) => ["-o", setting]);
  return lines([
    APT,
    APT_REFRESH,
    sh`put_in() { said=$(apt install --no-remove ${[...options, ...work.names]}); }`,
    sh`set -- ${work.names}`,
    ...(work.refresh === undefined ? [] : [refreshUnlessYounger(work.refresh)]),
    APT_TRY,
    APT_VERIFY,
  ]);
}

/** The lists are as old as the younger of their directory and apt's own stamp. */
function refreshUnlessYounger(seconds: number): Sh {
  const minutes = Math.floor(seconds / 60);
  if (minutes === 0) return sh`refresh`;
  const places = sh`/var/lib/apt/lists /var/lib/apt/periodic/update-success-stamp`;
  return sh`[ -n "$(find ${places} -maxdepth 0 -mmin ${`-${minutes}`} 2>/dev/null)" ] || refresh`;
}

function aptRemove(work: PackageWork): Sh {
  return lines([
    APT,
    sh`said=$(apt remove ${work.names}) || stop ${`apt-get could not remove ${work.names.join(" ")}`}`,
  ]);
}

/** The messages of yum 3, dnf 4 and dnf 5 when their metadata of the repositories may be out of date. */
const RPM_TRY = sh`put_in || {
  case $said in
  *'Unable to find a match'*|*'No match for argument'*|*'No package '*|*'Error downloading'*|*'404'*) ;;
  *) stop "$tool could not install $*" ;;
  esac
  "$tool" -y clean expire-cache >/dev/null 2>&1 || :
  put_in || stop "$tool could not install $*"
}`;

/** yum succeeds if it installed some of the names. */
const RPM_VERIFY = sh`for name; do
  rpm -q "$name" >/dev/null 2>&1 || rpm -q --whatprovides "$name" >/dev/null 2>&1 || stop "$tool knows no package $name: check its name, and that its repository is enabled"
done`;

function rpmInstall(tool: PackageTool, work: PackageWork): Sh {
  return lines([
    STOP,
    sh`export LC_ALL=C`,
    sh`tool=${tool}`,
    sh`set -- ${work.names}`,
    sh`put_in() { said=$("$tool" -y install ${work.names} 2>&1); }`,
    ...(work.refresh === undefined ? [] : [sh`"$tool" -y clean expire-cache >/dev/null`]),
    RPM_TRY,
    RPM_VERIFY,
  ]);
}

/** Only the named packages and those that depend on them: packages that were installed along with them stay. */
function rpmRemove(tool: PackageTool, work: PackageWork): Sh {
  const command = sh`${tool} -y --setopt=clean_requirements_on_remove=0 remove ${work.names}`;
  return lines([STOP, sh`said=$(${command} 2>&1) || stop ${`${tool} could not remove ${work.names.join(" ")}`}`]);
}

export function installPackages(tool: PackageTool, work: PackageWork): Sh {
  return tool === "apt" ? aptInstall(work) : rpmInstall(tool, work);
}

export function removePackages(tool: PackageTool, work: PackageWork): Sh {
  return tool === "apt" ? aptRemove(work) : rpmRemove(tool, work);
}
