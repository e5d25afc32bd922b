import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A small chart: a deployment whose image and greeting come from values, and a config map. */
export function writeChart(directory: string): string {
  mkdirSync(join(directory, 'templates'), { recursive: true });
  const write = (file: string, text: string) => writeFileSync(join(directory, file), text);
  write('Chart.yaml', 'apiVersion: v2\nname: demo\nversion: 0.1.0\n');
  write('values.yaml', 'image: busybox:1.36\ngreeting: hello\n');
  write(
    'templates/configmap.yaml',
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\ndata:\n  greeting: {{ .Values.greeting }}\n',
  );
  write(
    'templates/deployment.yaml',
    `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  selector:
    matchLabels: { app: {{ .Release.Name }} }
  template:
    metadata:
      labels: { app: {{ .Release.Name }} }
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: main
          image: {{ .Values.image }}
          command: [sleep, '1000']
`,
  );
  return directory;
}
