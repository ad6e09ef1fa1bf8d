/** Where the settings of a host's connection are written: for those who want to know why it is reached as it is. */
import type { SettingOrigin } from "../core/connection.ts";
import { showPlace } from "../core/source.ts";
import type { SshSettings } from "../ssh-config/config.ts";
import { KEYWORDS } from "../ssh-config/keywords.ts";
import { CONNECTION } from "./connection.ts";
import type { Setting, Settings } from "./connection.ts";

/** Connection variables, which are stronger, and then the keywords of ssh_config(5) that are about the host. */
export function originsOf(settings: Settings, said: SshSettings | undefined): readonly SettingOrigin[] {
  const variables = (Object.keys(CONNECTION) as Setting[]).flatMap((setting) => settings.origin(setting) ?? []);
  const keywords = KEYWORDS.flatMap((name) => {
    const found = said?.raw(name);
    return found === undefined ? [] : [{ name, place: showPlace(found.place) }];
  });
  return [...variables, ...keywords];
}
