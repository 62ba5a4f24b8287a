/** How the three pages are built and tested; `./dev pages` runs it. */
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const server = process.env["EXAMSYNC_URL"] ?? "http://127.0.0.1:8000";
/** Paths of the API that `npm run dev` hands on to a running server; `/admin` alone is a page. */
const handedOn = "^/(sign-|me|my/|admin/|exams/|events|socket\\.io|openapi\\.json|readyz|livez).*";

/** KaTeX names each font in three formats; every browser that runs these pages reads the first. */
const onlyWoff2: Plugin = {
  name: "only-woff2",
  enforce: "pre",
  transform(code, id) {
    if (!id.includes("katex") || !id.endsWith(".css")) return null;
    return { code: code.replaceAll(/,url\([^)]+\.(?:woff|ttf)\) format\("\w+"\)/g, ""), map: null };
  },
};

export default defineConfig({
  plugins: [onlyWoff2],
  root: here("."),
  base: "./", // a page finds its assets also behind a proxy that serves it under a prefix
  publicDir: false,
  resolve: {
    alias: { protocol: here("../../../protocol/generated/examsync.ts") },
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: here("dist"),
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    license: { fileName: "licences.md" }, // of what is bundled: its terms ask to be passed on
    assetsInlineLimit: (path: string) => (path.endsWith(".svg") ? undefined : false),
    rolldownOptions: {
      checks: { pluginTimings: false }, // a busy machine is no news
      input: {
        candidate: here("index.html"),
        monitor: here("monitor.html"),
        admin: here("admin.html"),
      },
    },
  },
  server: { port: 5173, proxy: { [handedOn]: { target: server, ws: true } } },
  test: {
    environment: "node",
    include: ["tests/**/*.test.{ts,tsx}"],
    testTimeout: 30_000,
    maxWorkers: 2,
  },
});
