/**
 * Property tests try the same things in every run: what fails here fails everywhere, and what is found by luck is found by
 * `npm run fuzz`. `SEED=2 npx vitest …` tries others.
 */
import fc from "fast-check";

fc.configureGlobal({ seed: Number(process.env["SEED"] ?? 1) });
