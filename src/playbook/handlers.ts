/** Checks that every `notify` finds its handler, and that every handler is notified. */
import { builtInHandler } from "./built-in.ts";
import type { Problem } from "../core/problem.ts";
import { didYouMean, listNames, closestMatch } from "../text/suggest.ts";
import type { Handler, Play, Text } from "./types.ts";
import { isFlush } from "./types.ts";
import { isTemplateText } from "./values.ts";

type Tell = (problem: Problem) => void;

/** Reports what does not match between the play's tasks and its handlers. */
export function checkNotified(play: Play, tell: Tell): void {
  const known = new Set(play.handlers.flatMap(namesOf));
  const tasks = [...play.tasks.flatMap((task) => (isFlush(task) ? [] : [task])), ...play.handlers];
  const notified = tasks.flatMap((task) => task.notify);
  for (const text of notified) if (!known.has(text.text) && !isTemplateText(text)) checkName(text, known, tell);
  checkTwice(play.handlers, tell);
  if (notified.some(isTemplateText)) return;
  const called = new Set(notified.map((text) => text.text));
  for (const handler of play.handlers)
    if (!namesOf(handler).some((name) => called.has(name))) tell(neverCalled(handler));
}

function namesOf(handler: Handler): readonly string[] {
  return [...(handler.name === undefined ? [] : [handler.name.text]), ...handler.listen];
}

/** `reload X` and `restart X` need no declaration, but one that is nearly declared may be a typing error. */
function checkName({ text, place }: Text, known: ReadonlySet<string>, tell: Tell): void {
  const builtIn = builtInHandler(text);
  if (builtIn === undefined) tell(unknownHandler({ text, place }, known));
  else {
    const meant = closestMatch(text, known);
    if (meant === undefined) return;
    tell({
      severity: "warning",
      code: "unknown-handler",
      message: `no handler \`${text}\` is declared: the unit \`${builtIn.unit}\` will be ${builtIn.state}`,
      place,
      label: `did you mean \`${meant}\`?`,
    });
  }
}

function unknownHandler({ text, place }: Text, known: ReadonlySet<string>): Problem {
  const label = didYouMean(text, known);
  const declared = known.size === 0 ? "this play declares no handlers" : `known handlers: ${listNames(known)}`;
  return {
    severity: "error",
    code: "unknown-handler",
    message: `unknown handler \`${text}\``,
    place,
    ...(label === undefined ? {} : { label }),
    help: `${declared}; \`reload UNIT\` and \`restart UNIT\` need no declaration`,
  };
}

function checkTwice(handlers: readonly Handler[], tell: Tell): void {
  const seen = new Map<string, Text>();
  for (const { name } of handlers) {
    const first = name === undefined ? undefined : seen.get(name.text);
    if (name !== undefined && first === undefined) seen.set(name.text, name);
    if (name === undefined || first === undefined) continue;
    tell({
      severity: "warning",
      code: "conflict",
      message: `two handlers are called \`${name.text}\``,
      place: name.place,
      related: [{ place: first.place, label: "the other one" }],
      help: "rename one of them",
    });
  }
}

function neverCalled(handler: Handler): Problem {
  const name = handler.name?.text ?? handler.listen.join(", ");
  return {
    severity: "warning",
    code: "unused",
    message: `nothing notifies the handler \`${name}\``,
    place: handler.name?.place ?? handler.place,
  };
}
