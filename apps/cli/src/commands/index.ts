import type { CommandGroup, CommandSpec, OptionSpec } from '../command.ts'

// Every command as data. The code behind `load` is read only when the command runs.

const output: OptionSpec = {
  flags: '-o, --output <format>',
  summary: 'table, json or yaml',
  default: 'table',
  choices: ['table', 'json', 'yaml'],
}
const listenOptions: readonly OptionSpec[] = [
  { flags: '--listen <host:port>', summary: 'where the API is served over HTTPS', default: '127.0.0.1:8443' },
  {
    flags: '--ui <host:port>',
    summary: 'where the web pages are served; a loopback address',
    default: '127.0.0.1:8080',
  },
  { flags: '--no-ui', summary: 'serve no web pages' },
]
const logOptions = (level: string): readonly OptionSpec[] => [
  {
    flags: '--log-level <level>',
    summary: 'what is logged',
    default: level,
    choices: ['debug', 'info', 'warn', 'error'],
  },
  { flags: '--log-format <format>', summary: 'how it is logged', default: 'text', choices: ['text', 'json'] },
]
const instanceOption: OptionSpec = {
  flags: '--instance <name>',
  summary: 'the instance; may be left out when there is only one',
}
const waitOptions: readonly OptionSpec[] = [
  { flags: '--no-wait', summary: 'return at once instead of waiting until it is done' },
  { flags: '--timeout <seconds>', summary: 'how long to wait', default: '60' },
]
const placeOptions: readonly OptionSpec[] = [
  { flags: '--provider <name>', summary: 'who operates the cluster, such as aws' },
  { flags: '--region <name>', summary: 'its region, such as eu-central-1' },
  { flags: '--zone <name>', summary: 'a zone it spans; may be given several times', many: true },
]

export const groups: readonly CommandGroup[] = [
  { path: ['instance'], summary: 'multi-cluster control planes' },
  { path: ['cluster'], summary: 'member clusters of an instance' },
  { path: ['kubeconfig'], summary: 'credentials for kubectl and other tools' },
]

export const commands: readonly CommandSpec[] = [
  {
    path: ['up'],
    summary: 'start everything, with a small demo on an empty data directory',
    details:
      'Start the server and stay in the foreground. On an empty data directory it also creates a demo: an instance, four simulated member clusters and a guestbook that runs in three of them. Warnings are shown once each; the details are in log/kairship.log in the data directory.',
    options: [
      ...listenOptions,
      ...logOptions('info'),
      { flags: '--verbose', summary: 'print the whole log here too' },
      { flags: '--no-demo', summary: 'start empty' },
    ],
    examples: [
      { does: 'start, with the demo when the data directory is empty', line: 'kairship up' },
      { does: 'start empty, elsewhere', line: 'kairship up --no-demo --data /var/lib/kairship --listen 0.0.0.0:6443' },
    ],
    load: () => import('./up.ts'),
  },
  {
    path: ['server'],
    summary: 'run the server, for service managers',
    details: 'Run the server in the foreground: no demo, nothing printed but the log. SIGTERM drains and exits 0.',
    options: [...listenOptions, ...logOptions('warn')],
    examples: [
      { does: 'run with a log that machines read', line: 'kairship server --data /var/lib/kairship --log-format json' },
    ],
    load: () => import('./server.ts'),
  },
  {
    path: ['status'],
    summary: 'what runs where',
    options: [output],
    examples: [
      { does: 'instances, members and workloads', line: 'kairship status' },
      { does: 'the same for programs', line: 'kairship status -o json' },
    ],
    load: () => import('./status.ts'),
  },
  {
    path: ['instance', 'create'],
    summary: 'create an instance',
    arguments: [{ name: 'name', summary: 'lower-case letters, digits and "-"; part of its URL' }],
    options: [
      { flags: '--display-name <text>', summary: 'a name for people' },
      { flags: '--provider <name>', summary: 'who runs it', default: 'embedded' },
      { flags: '--kubernetes-version <minor>', summary: 'the Kubernetes API it serves, such as 1.36' },
      ...waitOptions,
      output,
    ],
    examples: [
      { does: 'create an instance and use it', line: 'kairship instance create shop && kairship kubeconfig get shop' },
    ],
    load: () => import('./instance-create.ts'),
  },
  {
    path: ['instance', 'list'],
    summary: 'list the instances',
    options: [output],
    examples: [{ does: 'all instances', line: 'kairship instance list' }],
    load: () => import('./instance-list.ts'),
  },
  {
    path: ['instance', 'get'],
    summary: 'show one instance',
    arguments: [{ name: 'name', summary: 'the instance' }],
    options: [output],
    examples: [{ does: 'with its conditions', line: 'kairship instance get demo -o yaml' }],
    load: () => import('./instance-get.ts'),
  },
  {
    path: ['instance', 'delete'],
    summary: 'delete an instance with all its data',
    details:
      'Delete an instance: its API, its data file, its kubeconfig. What it deployed into member clusters keeps running there; let the members leave first (cluster unjoin) to remove it.',
    arguments: [{ name: 'name', summary: 'the instance' }],
    options: [...waitOptions, { flags: '--ignore-not-found', summary: 'succeed when it does not exist' }],
    examples: [{ does: 'delete and wait until nothing is left', line: 'kairship instance delete shop' }],
    load: () => import('./instance-delete.ts'),
  },
  {
    path: ['cluster', 'join'],
    summary: 'make a Kubernetes cluster a member of an instance',
    details:
      'Join a cluster as Karmada does: credentials are created in it, and a Cluster in the instance. Everything is checked first; when it fails, nothing is changed.',
    arguments: [{ name: 'name', summary: 'name of the member; the context when left out', optional: true }],
    options: [
      { flags: '--kubeconfig <file>', summary: 'kubeconfig of the cluster to join', required: true },
      { flags: '--context <name>', summary: 'context in that file; its current context when left out' },
      instanceOption,
      { flags: '--name <name>', summary: 'name of the member, instead of the argument' },
      ...placeOptions,
      { flags: '--shared', summary: 'join although another control plane has joined this cluster' },
      { flags: '--timeout <seconds>', summary: 'how long the cluster may take to answer', default: '30' },
      output,
    ],
    examples: [
      {
        does: 'join a cluster of your kubeconfig',
        line: 'kairship cluster join prod-eu --kubeconfig ~/.kube/config --context prod-eu --instance shop --provider aws --region eu-central-1',
      },
    ],
    load: () => import('./cluster-join.ts'),
  },
  {
    path: ['cluster', 'list'],
    summary: 'list the member clusters',
    options: [{ ...instanceOption, summary: 'only members of this instance' }, output],
    examples: [{ does: 'members of every instance', line: 'kairship cluster list' }],
    load: () => import('./cluster-list.ts'),
  },
  {
    path: ['cluster', 'unjoin'],
    summary: 'let a member cluster leave its instance',
    details:
      'Remove a member: what the instance deployed there is removed, then the credentials that joining created in the cluster.',
    arguments: [{ name: 'name', summary: 'the member' }],
    options: [instanceOption, { flags: '--timeout <seconds>', summary: 'how long it may take', default: '60' }],
    examples: [{ does: 'let a member leave', line: 'kairship cluster unjoin prod-eu --instance shop' }],
    load: () => import('./cluster-unjoin.ts'),
  },
  {
    path: ['cluster', 'create-simulated'],
    summary: 'add a simulated cluster, and join it',
    details:
      'Create a simulated cluster: a Kubernetes API with nodes, and pods that become ready without running anything. With --instance it is joined like a real one.',
    arguments: [{ name: 'name', summary: 'name of the cluster' }],
    options: [
      { flags: '--instance <name>', summary: 'join it to this instance' },
      ...placeOptions,
      { flags: '--kubernetes-version <minor>', summary: 'the Kubernetes version it plays, such as 1.33' },
      { flags: '--nodes <count>', summary: 'how many nodes', default: '3' },
      { flags: '--node-cpu <quantity>', summary: 'CPU of each node', default: '8' },
      { flags: '--node-memory <quantity>', summary: 'memory of each node', default: '32Gi' },
      { flags: '--pod-start <milliseconds>', summary: 'how long a pod takes to run', default: '200' },
      { flags: '--timeout <seconds>', summary: 'how long it may take', default: '60' },
    ],
    examples: [
      {
        does: 'a fifth member for the demo',
        line: 'kairship cluster create-simulated test --instance demo --provider aws --region eu-west-1',
      },
    ],
    load: () => import('./cluster-create-simulated.ts'),
  },
  {
    path: ['cluster', 'delete-simulated'],
    summary: 'delete a simulated cluster',
    arguments: [{ name: 'name', summary: 'the cluster' }],
    options: waitOptions,
    examples: [{ does: 'after it has left its instance', line: 'kairship cluster delete-simulated test' }],
    load: () => import('./cluster-delete-simulated.ts'),
  },
  {
    path: ['kubeconfig', 'get'],
    summary: 'print a kubeconfig, or where it is',
    arguments: [
      {
        name: 'target',
        summary: '"hub", an instance, or cluster/NAME for a simulated cluster; default: hub',
        optional: true,
      },
    ],
    options: [{ flags: '--path', summary: 'print only the name of the file' }],
    examples: [
      { does: 'use an instance', line: 'export KUBECONFIG=$(kairship kubeconfig get demo --path)' },
      { does: 'look into a simulated cluster', line: 'kairship kubeconfig get cluster/gcp-tokyo > tokyo.yaml' },
    ],
    load: () => import('./kubeconfig-get.ts'),
  },
  {
    path: ['version'],
    summary: 'versions of this program and of the running server',
    options: [output],
    examples: [{ does: 'both versions', line: 'kairship version' }],
    load: () => import('./version.ts'),
  },
]
