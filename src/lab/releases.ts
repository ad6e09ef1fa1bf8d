/*
 * Releases that hosts of the lab can run: Debian's, and one of them with rpm packages. Each has images of its own. They
 * come from the mirror that the machine itself uses.
 */

interface Release {
  readonly name: string;
  /** Debian's name of the release, where it is not `name`. */
  readonly suite?: string;
  /** Its hosts have dnf, and the packages that a play installs are rpms. */
  readonly hasRpm?: true;
  /** The release whose user-mode Linux its directors run, if its own cannot do it. */
  readonly kernel?: string;
  /** Its signatures are not renewed any more. */
  readonly ended?: true;
  /** Its packages do not merge /bin, /sbin and /lib into /usr; an installed system has them merged. */
  readonly unmerged?: true;
}

/** From the oldest to the newest. */
const KNOWN: readonly Release[] = [
  { name: "bullseye", ended: true, unmerged: true },
  { name: "bookworm" },
  { name: "bookworm-rpm", suite: "bookworm", hasRpm: true },
  { name: "trixie" },
  // User-mode Linux 7.2 of Debian has neither iptables' tables nor nftables for IPv4, so no firewall can run.
  { name: "forky", kernel: "trixie" },
];

export const RELEASES: readonly string[] = KNOWN.map(({ name }) => name);

function known(name: string): Release | undefined {
  return KNOWN.find((release) => release.name === name);
}

/** Debian's name of the release that the packages of a host come from. */
export function suiteOf(release: string): string {
  return known(release)?.suite ?? release;
}

/** True when the hosts of a release install rpm packages with dnf. */
export function hasRpm(release: string): boolean {
  return known(release)?.hasRpm === true;
}

/** Debian's release whose kernel the directors of a release run as user-mode Linux. */
export function kernelReleaseOf(release: string): string {
  return known(release)?.kernel ?? suiteOf(release);
}

/** True when Debian does not renew the signatures of a release any more. */
export function hasEnded(release: string): boolean {
  return known(release)?.ended === true;
}

/** mmdebstrap's options that only this release needs. */
export function bootstrapOptions(release: string): readonly string[] {
  const merge = "--setup-hook=/usr/share/mmdebstrap/hooks/merged-usr/setup00.sh";
  return known(release)?.unmerged === true ? [merge] : [];
}

/** True when programs of Debian's release `release` can need a newer C library than `other` has. */
export function isNewer(release: string, other: string): boolean {
  return RELEASES.includes(other) && RELEASES.indexOf(release) > RELEASES.indexOf(other);
}
