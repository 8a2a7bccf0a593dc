import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const gateway = process.env.NITKA_GATEWAY_URL ?? 'http://127.0.0.1:18080';

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  server: { host: '127.0.0.1', proxy: { '/api': gateway, '/rate': gateway } },
  // The gateway forbids inline scripts and data: fonts, so nothing is inlined.
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    manifest: true,
    // What every screen needs is one file: a hundred small ones compress badly and are a hundred requests.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'app', tags: ['$initial'] }] } } },
  },
  test: { environment: 'happy-dom', isolate: false, include: ['src/**/*.test.ts'] },
});
