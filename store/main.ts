/** The store's process: an etcd v3 server on LevelDB, and the commands for its snapshots and its data. */
const argv = process.argv.slice(2);

if (argv[0] === 'snapshot' || argv[0] === 'dump') {
  const { runCommand } = await import('./commands/run-command.ts');
  process.exitCode = await runCommand(argv);
} else {
  await import('./serve.ts');
}
