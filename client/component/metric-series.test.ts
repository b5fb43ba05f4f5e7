import { Counter, Histogram, register } from 'prom-client';
import { expect, test } from 'vitest';
import { CounterFamily, HistogramFamily } from './metric-series.ts';

test('prints what prom-client prints', async () => {
  const buckets = [0.1, 0.5, 2];
  const own = new HistogramFamily({ name: 'own_seconds', help: 'Text.', buckets }).at('GET 200', () => ({
    verb: 'GET',
    code: '200',
  }));
  const theirs = new Histogram({ name: 'their_seconds', help: 'Text.', buckets, labelNames: ['verb', 'code'] });
  for (const seconds of [0.05, 0.1, 0.3, 1, 7]) {
    own.observe(seconds);
    theirs.observe({ verb: 'GET', code: '200' }, seconds);
  }
  const counted = new CounterFamily({ name: 'own_total', help: 'Text.' }).at('x', () => ({ verb: 'a "quoted"\nword' }));
  const expected = new Counter({ name: 'their_total', help: 'Text.', labelNames: ['verb'] });
  counted.inc();
  counted.inc();
  expected.inc({ verb: 'a "quoted"\nword' }, 2);
  const textOf = async (name: string) =>
    (await register.getSingleMetricAsString(name)).replaceAll(/\b(own|their)_/g, '');
  expect(await textOf('own_seconds')).toBe(await textOf('their_seconds'));
  expect(await textOf('own_total')).toBe(await textOf('their_total'));
  expect(await register.metrics()).toContain('own_seconds_bucket{le="+Inf",verb="GET",code="200"} 5');
});
