// Part of `npm run check`: no test takes the end of an address for the address. `/sign-in/code?next=/settings/account` ends like
// `/settings/account`, so a test that waits for such an end goes on too early. `expectAt` compares all of it.
import { readFileSync, readdirSync } from "node:fs";

const SUFFIX = /\.toHaveURL\(\s*(?:\/(?!\^)(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^\\/[\n])*(?<!\\)\$\/|new RegExp\(\s*([`"'])(?!\^)(?:(?!\1)[^\n])*\$\1)/g;

const wrong = ["tests", "images", "bench"].flatMap((folder) =>
  readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith(".ts"))
    .flatMap((name) => {
      const text = readFileSync(`${folder}/${name}`, "utf8");
      return [...text.matchAll(SUFFIX)].map(({ index, 0: call }) => `${folder}/${name}:${text.slice(0, index).split("\n").length} ${call}`);
    }),
);
if (wrong.length > 0) {
  console.error(`Only the end of an address is waited for, which others have too. Use expectAt of tests/support/fixtures.ts:\n${wrong.join("\n")}`);
  process.exit(1);
}
