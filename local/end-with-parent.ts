// Loaded into wrangler's processes: when `npm run dev` is killed (SIGKILL), they end too, and the
// port is free for the next run.
process.on('disconnect', () => process.exit(1))
process.channel?.unref()
