/** The keywords of ssh_config(5): those that mean something here, and all others that ssh(1) knows. */

/** What a keyword takes. `files`: several words, the first line counts; `more`: one word, every line counts. */
export type Kind =
  "word" | "command" | "jump" | "files" | "more" | "time" | "count" | "port" | "flag" | "strictness" | "agent";

const KINDS = {
  AddressFamily: "word",
  BindAddress: "word",
  BindInterface: "word",
  CASignatureAlgorithms: "word",
  CertificateFile: "more",
  Ciphers: "word",
  ConnectTimeout: "time",
  GlobalKnownHostsFile: "files",
  GSSAPIAuthentication: "flag",
  HostbasedAuthentication: "flag",
  HostKeyAlgorithms: "word",
  HostKeyAlias: "word",
  HostName: "word",
  IdentitiesOnly: "flag",
  IdentityAgent: "agent",
  IdentityFile: "more",
  KexAlgorithms: "word",
  KnownHostsCommand: "command",
  MACs: "word",
  PKCS11Provider: "word",
  Port: "port",
  ProxyCommand: "command",
  ProxyJump: "jump",
  ProxyUseFdpass: "flag",
  PubkeyAcceptedAlgorithms: "word",
  RevokedHostKeys: "word",
  SecurityKeyProvider: "word",
  ServerAliveCountMax: "count",
  ServerAliveInterval: "time",
  StrictHostKeyChecking: "strictness",
  Tag: "word",
  User: "word",
  UserKnownHostsFile: "files",
} as const satisfies Readonly<Record<string, Kind>>;

export type Keyword = keyof typeof KINDS;

export const KEYWORDS = Object.keys(KINDS) as readonly Keyword[];

export function kindOf(keyword: Keyword): Kind {
  return KINDS[keyword];
}

/** Former names count as well. */
const BY_NAME: ReadonlyMap<string, Keyword> = new Map([
  ...KEYWORDS.map((keyword) => [keyword.toLowerCase(), keyword] as const),
  ["pubkeyacceptedkeytypes", "PubkeyAcceptedAlgorithms"],
  ["smartcarddevice", "PKCS11Provider"],
]);

/** Keywords are read in any case. */
export function keywordOf(word: string): Keyword | undefined {
  return BY_NAME.get(word.toLowerCase());
}

/** What else ssh(1) knows: without meaning here, or without effect on how a command is run. */
const OTHERS = [
  ...["AddKeysToAgent", "BatchMode", "CanonicalDomains", "CanonicalizeFallbackLocal", "CanonicalizeHostname"],
  ...["CanonicalizeMaxDots", "CanonicalizePermittedCNAMEs", "ChallengeResponseAuthentication", "ChannelTimeout"],
  ...["CheckHostIP", "Cipher", "ClearAllForwardings", "Compression", "CompressionLevel", "ConnectionAttempts"],
  ...["ControlMaster", "ControlPath", "ControlPersist", "DynamicForward", "EnableEscapeCommandline"],
  ...["EnableSSHKeysign", "EscapeChar", "ExitOnForwardFailure", "FingerprintHash", "ForkAfterAuthentication"],
  ...["ForwardAgent", "ForwardX11", "ForwardX11Timeout", "ForwardX11Trusted", "GatewayPorts", "GSSAPIClientIdentity"],
  ...["GSSAPIDelegateCredentials", "GSSAPIKexAlgorithms", "GSSAPIKeyExchange", "GSSAPIRenewalForcesRekey"],
  ...["GSSAPIServerIdentity", "GSSAPITrustDns", "HashKnownHosts", "HostbasedAcceptedAlgorithms"],
  ...["HostbasedKeyTypes", "IgnoreUnknown", "IPQoS", "KbdInteractiveAuthentication", "KbdInteractiveDevices"],
  ...["KeepAlive", "LocalCommand", "LocalForward", "LogLevel", "LogVerbose", "NoHostAuthenticationForLocalhost"],
  ...["NumberOfPasswordPrompts", "ObscureKeystrokeTiming", "PasswordAuthentication", "PermitLocalCommand"],
  ...["PermitRemoteOpen", "PreferredAuthentications", "Protocol", "PubkeyAuthentication", "RekeyLimit"],
  ...["RemoteCommand", "RemoteForward", "RequestTTY", "RequiredRSASize", "RhostsRSAAuthentication"],
  ...["RSAAuthentication", "SendEnv", "SessionType", "SetEnv", "StdinNull", "StreamLocalBindMask"],
  ...["StreamLocalBindUnlink", "SyslogFacility", "TCPKeepAlive", "Tunnel", "TunnelDevice", "UpdateHostKeys"],
  ...["UseKeychain", "UsePrivilegedPort", "UseRoaming", "VerifyHostKeyDNS", "VersionAddendum", "VisualHostKey"],
  ...["WarnWeakCrypto", "XAuthLocation"],
] as const;

export const STRUCTURE = ["Host", "Match", "Include"] as const;

const ALL: ReadonlySet<string> = new Set(
  [...OTHERS, ...STRUCTURE, ...KEYWORDS].map((name): string => name.toLowerCase()),
);

/** Whether ssh(1) knows the word. */
export function isKnown(word: string): boolean {
  return ALL.has(word.toLowerCase()) || keywordOf(word) !== undefined;
}

/** Every name, for the nearest one. */
export const NAMES: readonly string[] = [...KEYWORDS, ...STRUCTURE, ...OTHERS];
