/**
 * Determines the distribution of a host, in the names of Ansible's `setup`, from os-release(5) and the release files
 * that some distributions have. test/engine/distributions.json has the answers of ansible-core 2.14.
 */

export interface Distribution {
  readonly distribution: string;
  readonly distribution_version: string;
  readonly distribution_major_version: string;
  /** The release's name: `bookworm`, `Plow`, `Stream`; of SUSE's the minor number. */
  readonly distribution_release: string;
  readonly os_family: string;
}

export interface ReleaseFiles {
  /** /etc/os-release, or the one in /usr/lib. */
  readonly os: string;
  /** /etc/oracle-release, or where there is none /etc/redhat-release, which all of Red Hat's family have. */
  readonly own: string;
  /** /etc/debian_version. */
  readonly debian: string;
}

/** Ansible's word for an unknown value. */
const UNKNOWN = "n/a";

export function distributionOf(files: ReleaseFiles): Distribution {
  const fields = osRelease(files.os);
  const distribution = nameOf(files, fields);
  const isSuse = SUSE.test(files.os) && files.own === "";
  const version = versionOf(files, fields) ?? UNKNOWN;
  return {
    distribution,
    distribution_version: isSuse ? (/^\d+\.?\d*/.exec(version)?.[0] ?? version) : version,
    distribution_major_version: version.split(".")[0] ?? "",
    distribution_release: isSuse ? suseRelease(files.os, version) : (releaseOf(files, fields) ?? UNKNOWN),
    os_family: FAMILY.get(distribution) ?? distribution,
  };
}

type Fields = ReadonlyMap<string, string>;

/** os-release(5): `NAME=value`, the value as a shell would read it. */
function osRelease(text: string): Fields {
  const lines = text.matchAll(/^([A-Z_]+)=(?:"([^"\n]*)"|'([^'\n]*)'|([^\n]*))$/gm);
  return new Map([...lines].map(([, key = "", double, single, bare]) => [key, double ?? single ?? bare ?? ""]));
}

const SUSE = /suse/i;

/** By a word in os-release; the first match counts. */
const WORDS: readonly (readonly [word: RegExp, distribution: string])[] = [
  [/Amazon/, "Amazon"],
  [/^ID="?alpine"?$/m, "Alpine"],
  [/Arch Linux/, "Archlinux"],
  [/^ID="?gentoo"?$/m, "Gentoo"],
  [/^ID="?altlinux"?$/m, "Altlinux"],
  [/^ID="?slackware"?$/m, "Slackware"],
  [/OpenWrt/, "OpenWrt"],
  [/Debian|Raspbian/, "Debian"],
  [/Ubuntu/, "Ubuntu"],
  [/SteamOS/, "SteamOS"],
  [/Kali/, "Kali"],
  [/Parrot/, "Parrot"],
  [/Devuan/, "Devuan"],
  [/Cumulus/, "Cumulus Linux"],
  [/Mint/, "Linux Mint"],
  [/UOS|Uos|uos/, "Uos"],
  [/[Dd]eepin/, "Deepin"],
  [/^ID="?flatcar"?$/m, "Flatcar"],
];

function nameOf({ os, own }: ReleaseFiles, fields: Fields): string {
  if (own.includes("Oracle Linux")) return "OracleLinux";
  if (own.includes("TencentOS Server")) return "TencentOS";
  if (own.includes("Red Hat")) return "RedHat";
  const [first = ""] = own.trim().split(/\s/);
  if (first !== "") return first;
  const name = fields.get("NAME") ?? UNKNOWN;
  if (SUSE.test(os)) return name;
  return WORDS.find(([word]) => word.test(os))?.[1] ?? name;
}

/** CentOS and Debian leave the minor number to files of their own. */
function versionOf({ own, debian }: ReleaseFiles, fields: Fields): string | undefined {
  const id = fields.get("ID");
  const [whole] = /\d+(?:\.\d+)*/.exec(own) ?? [];
  const version = fields.get("VERSION_ID") ?? whole;
  if (id === "centos") return (whole ?? version)?.split(".").slice(0, 2).join(".");
  const exact = debian.trim();
  return id === "debian" && version !== undefined && /^\d+\.\d/.test(exact) ? exact : version;
}

function releaseOf({ own }: ReleaseFiles, fields: Fields): string | undefined {
  if (own.includes("CentOS Stream")) return "Stream";
  const named = fields.get("VERSION_CODENAME") ?? fields.get("UBUNTU_CODENAME");
  return named ?? /\((\D+)\)/.exec(fields.get("VERSION") ?? own)?.[1];
}

/** openSUSE's is the minor number, or nothing; SLES begins with 0. */
function suseRelease(os: string, version: string): string {
  const minor = version.split(".")[1];
  return minor ?? (/open/i.test(os) ? "" : "0");
}

const FAMILIES: Readonly<Record<string, readonly string[]>> = {
  RedHat: [
    ...[
      "RedHat",
      "Fedora",
      "CentOS",
      "Scientific",
      "SLC",
      "Ascendos",
      "CloudLinux",
      "PSBM",
      "OracleLinux",
      "OVS",
      "OEL",
    ],
    ...["Amazon", "Virtuozzo", "XenServer", "Alibaba", "EulerOS", "openEuler", "AlmaLinux", "Rocky", "TencentOS"],
    ...["EuroLinux", "Kylin Linux Advanced Server"],
  ],
  Debian: [
    ...["Debian", "Ubuntu", "Raspbian", "Neon", "KDE neon", "Linux Mint", "SteamOS", "Devuan", "Kali", "Cumulus Linux"],
    ...["Pop!_OS", "Parrot", "Pardus GNU/Linux", "Uos", "Deepin", "OSMC"],
  ],
  Suse: ["SuSE", "SLES", "SLED", "openSUSE", "openSUSE Tumbleweed", "SLES_SAP", "SUSE_LINUX", "openSUSE Leap"],
  Archlinux: ["Archlinux", "Antergos", "Manjaro"],
  ClearLinux: ["Clear Linux OS", "Clear Linux Mix"],
};

const FAMILY: ReadonlyMap<string, string> = new Map(
  Object.entries(FAMILIES).flatMap(([family, names]) => names.map((name) => [name, family] as const)),
);
