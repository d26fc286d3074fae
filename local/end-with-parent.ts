// Loaded into wrangler's processes: when local/dev.ts is killed (SIGKILL), they end too, and the port is free for the
// next run.
process.on('disconnect', () => process.exit(1))
process.channel?.unref()
