import { z } from "../core/schema.ts";
import { Secret } from "../core/secret.ts";
import { taskType } from "../core/task-type.ts";
import {
  actOnContent,
  adviseContent,
  checkPath,
  contentArgs,
  contentShape,
  lookAtContent,
  readContent,
  testContent,
  testerOf,
  textOfContent,
  wantContent,
} from "./parts/content.ts";
import type { Content } from "./parts/content.ts";
import type { FileState } from "./parts/inode.ts";

const shape = z.strictObject({
  ...contentShape,
  src: z.string().min(1).describe("The template: the playbook's file, as given, or in `templates/` next to it."),
});

interface TemplateArgs extends Content {
  readonly src: string;
}

export const template = taskType<TemplateArgs, FileState>({
  kind: "template",
  summary: "A file on the host, rendered from the playbook's template with the host's variables.",
  notes: `The template is rendered on the controller. Everything else is as with \`file\`. The file is compared by
checksum, permissions and owner, and installed whole or not at all. \`validate\` checks it before that; \`backup\` and
\`keep_original\` keep the old one.

A template that is encrypted as a whole is decrypted first. With a secret in it, one of its own or a variable's, all of
the file is \`secret\`.

A template that renders differently each time (a date, a random number) is never right: leave such things out.`,
  examples: [
    `- name: nginx's site
  template:
    src: site.conf.j2
    dest: /etc/nginx/conf.d/site.conf
    mode: "0644"
  notify: reload nginx
`,
    `- template:
    src: sudoers.j2
    dest: /etc/sudoers.d/deploy
    mode: "0440"
    validate: "visudo -cf %s"
`,
  ],
  args: shape.superRefine(checkPath).transform(({ src, ...shared }) => ({ ...contentArgs(shared), src })),

  prepare: async (args, controller) => {
    const made = controller.render(await controller.read(args.src, "templates"));
    if (made instanceof Secret) return { ...args, bytes: Buffer.from(made.reveal()), secret: true };
    return { ...args, bytes: Buffer.from(made) };
  },
  label: (args) => args.path,
  returns: ({ path }) => ({ path, dest: path }),
  atomicKeys: ["sha256"],
  look: lookAtContent,
  read: readContent,
  want: wantContent,
  unboundedOutput: ({ validate }) => validate !== undefined,
  act: actOnContent,
  test: testContent,
  testedBy: testerOf,
  textDiff: textOfContent,
  advise: adviseContent,
});
