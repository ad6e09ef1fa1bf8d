const FILES = "templates do not look at the controller's files";
const COLLECTION = "it comes with a collection that is not part of this";

/** Filters and tests of Ansible's that templates cannot use here, with the reason. */
export const UNSUPPORTED: ReadonlyMap<string, string> = new Map([
  ...["realpath", "fileglob", "file", "exists", "directory", "link", "link_exists", "mount", "is_mount"].map(
    (name) => [name, FILES] as const,
  ),
  ...["same_file", "is_same_file", "is_dir", "is_file", "is_link", "vaulted_file"].map(
    (name) => [name, FILES] as const,
  ),
  ...["json_query", "from_csv", "to_xml", "from_xml", "consolidate", "validate", "parse_cli", "parse_xml"].map(
    (name) => [name, COLLECTION] as const,
  ),
  ["password_hash", "hash passwords outside and keep the result in a vault"],
  ["vault", "use `dsrctl vault encrypt-string`"],
  ["unvault", "vaulted variables are decrypted when they are read"],
  ["resolvable", "templates do not ask the network"],
  ["urlize", "it is made for web pages"],
  ["xmlattr", "it is made for web pages"],
  ["pprint", "write `| to_nice_json`"],
]);
