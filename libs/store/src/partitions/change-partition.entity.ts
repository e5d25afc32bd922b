import { Column, Entity, PrimaryColumn } from 'typeorm';

/** bigint arrives as text; revisions are safe integers. */
const revision = { to: (value: number): number => value, from: (value: string): number => Number(value) };

/** One partition of the change log: revisions low (inclusive) to high (exclusive). */
@Entity('change_partition')
export class ChangePartition {
  @PrimaryColumn('text')
  name!: string;

  @Column('bigint', { transformer: revision })
  low!: number;

  @Column('bigint', { transformer: revision })
  high!: number;

  @Column('timestamptz', { name: 'filled_at', nullable: true })
  filledAt!: Date | null;
}
