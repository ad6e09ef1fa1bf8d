/** Handlers that come with the program. */

/** `reload X` and `restart X` need no declaration. */
const BUILT_IN = /^(reload|restart) ([A-Za-z0-9@_.:\\-]+)$/;

export interface BuiltIn {
  readonly unit: string;
  readonly state: "reloaded" | "restarted";
}

export function builtInHandler(name: string): BuiltIn | undefined {
  const found = BUILT_IN.exec(name);
  const unit = found?.[2];
  return unit === undefined ? undefined : { unit, state: found?.[1] === "reload" ? "reloaded" : "restarted" };
}
