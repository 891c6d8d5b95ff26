import { fileURLToPath } from "node:url";

import tailwindcss from "@tailwindcss/vite";
import { tanstackRouter } from "@tanstack/router-plugin/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

import { budget } from "./build/budget.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const gateway = process.env.MEDIANEST_PROXY ?? "http://127.0.0.1:8080";

export default defineConfig({
  base: "./",
  plugins: [tanstackRouter({ target: "react", autoCodeSplitting: true }), react(), tailwindcss(), budget()],
  resolve: {
    alias: {
      "@": here("./src"),
      // The original puts <style> elements into the page, which the content security policy refuses.
      "react-style-singleton": here("./src/lib/adopted-styles.ts"),
    },
  },
  build: { target: "es2022", modulePreload: { polyfill: false }, assetsInlineLimit: 0, reportCompressedSize: false },
  server: { host: "127.0.0.1", proxy: { "/api": { target: gateway, ws: true }, "/docs": gateway } },
});
