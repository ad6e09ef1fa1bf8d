/** What scripts/prose.mjs looks for, and what it lets pass. */

/** Pages that programs write. */
export const GENERATED = ["docs/cli.md", "docs/nodes.md", "docs/releases.md", "docs/rich-rules.md"];

/** A regular expression (whole words, any case), and what to write instead. */
export const WORDS = [
  ["shall", 'write "is" or "must"'],
  ["folders?", 'write "directory"'],
  ["who(?:m|so)?ever", 'name the actor, or write "no matter who"'],
  ["so-and-so(?:-\\w+)?", 'write "nth"'],
  ["(?:of|than) (?:ours|theirs|yours)", 'write "our …", "dsrctl\'s …", or name the owner'],
  [
    "of (?:a|an|the) \\w+'s(?=\\s*(?:[.,;:)]|$)| (?:is|are|that|which|to|and|or|in|on|from|with)\\b)",
    'write "the playbook\'s file", not "a file of the playbook\'s"',
  ],
  ["beside|besides", 'write "next to", "compared with" or "except"'],
  ["behind", 'write "after", "under" or "at the other end of"'],
  ["in front of", 'write "before"'],
  ["stands?|stood", 'write "is", "means" or "contains"'],
  ["told|tells?|telling", 'write "reports", "says", "shows" or "distinguishes"'],
  ["hears?|heard", 'write "receives" or "is notified"'],
  ["nobody|somebody|anybody|everybody", 'name the actor: "no host", "no user", "someone"'],
  ["dear", 'write "expensive" or "slow"'],
  ["fellows?|crew|staff|onlooker", 'write "other hosts" or "hosts"'],
  ["as wanted", 'write "in the desired state"'],
  ["comes? to nothing|came to nothing", 'write "fails" or "failed"'],
  ["came of|comes of|become of|became of", 'write "result", "outcome" or "state"'],
  ["an end of", 'write "ends" or "removes"'],
  ["brought about|brings about", 'write "caused" or "changed"'],
  ["as it comes", 'write "with its defaults"'],
  ["in the manner of", 'write "like" or "follows"'],
  ["puts? (?:back|right)|putting (?:back|right)", 'write "restore" or "repair"'],
  ["for ever", 'write "forever" or "without end"'],
  ["bid|bade|betimes|thereof|therein|wherein|hitherto|hereby|lest|ought", "write plain English"],
  ["settle(?:d|s)? (?:a|the) tasks?", 'write "converge"'],
  ["prelude", 'write "base functions"'],
  ["drift(?:s|ed)?", 'write "differs from the description"; "stale" if a step found another state than planned'],
];

/** Terms of the field that contain such a word; each is passed over wherever it is. */
export const FIELD_TERMS = ["behind a jump host", "behind a firewall", "Ansible as it comes"];

/** Exact exceptions: the file, and words around the finding as the check sees them (code is CODE, a link is its text). */
export const EXCEPTIONS = [["docs/glossary.md", "drift"]];
