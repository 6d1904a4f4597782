// Prints one style sheet from a file and everything that it imports: `node style.mjs FILE [--minify]`.
//
// Nothing is rewritten for older browsers: nesting, layers and `light-dark()` are used as they are.
import { relative } from "node:path";
import { bundle } from "lightningcss";

const [filename, minify] = process.argv.slice(2);
try {
  process.stdout.write(bundle({ filename, minify: minify === "--minify" }).code);
} catch (error) {
  const place = error.loc ? `${relative("", error.fileName)}:${error.loc.line}:${error.loc.column}: ` : "";
  console.error(`style sheet: ${place}${error.message}`);
  process.exitCode = 1;
}
