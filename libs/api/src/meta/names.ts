export * from '@nestor/formats';
