// SPDX-License-Identifier: ISC
//
// A dashboard as it stands in a file, by the types of Grafana.  These have
// enumerations where a file has strings; and of a panel they say neither
// what options its type takes nor what a query of PostgreSQL is.
import type {
  AnnotationQuery,
  Dashboard,
  DataSourceRef,
  FieldConfigSource,
  Panel,
  RowPanel,
  VariableModel,
} from '@grafana/schema';
import type * as bargauge from
  '@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen';
import type * as gauge from
  '@grafana/schema/dist/esm/raw/composable/gauge/panelcfg/x/GaugePanelCfg_types.gen';
import type * as heatmap from
  '@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen';
import type * as stat from
  '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as table from
  '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type * as timeseries from
  '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

// An enumeration of strings becomes the strings themselves.
type InFile<T> =
  T extends string ? `${T}` :
  T extends number | boolean | null | undefined ? T :
  T extends Array<infer U> ? Array<InFile<U>> :
  T extends object ? { [K in keyof T]: InFile<T[K]> } :
  T;

interface Query {
  refId: string;
  datasource: { type: 'grafana-postgresql-datasource'; uid: string };
  format: 'table' | 'time_series';
  editorMode: 'code' | 'builder';
  rawQuery: boolean;
  rawSql: string;
}

type Overrides = FieldConfigSource['overrides'];
type Field = Omit<FieldConfigSource['defaults'], 'custom'>;

// What is left out of options and of custom gets Grafana's default.
type PanelOf<Type extends string, Options, Custom> =
  InFile<Omit<Panel, 'type' | 'options' | 'fieldConfig' | 'targets'>> & {
    id: number;
    type: Type;
    datasource: InFile<DataSourceRef>;
    targets: Query[];
    options: InFile<Partial<Options>>;
    fieldConfig: {
      defaults: InFile<Field> & { custom?: InFile<Partial<Custom>> };
      overrides: InFile<Overrides>;
    };
  };

type Nothing = Record<string, never>;
type AnyPanel =
  | PanelOf<'bargauge', bargauge.Options, Nothing>
  | PanelOf<'gauge', gauge.Options, Nothing>
  | PanelOf<'heatmap', heatmap.Options, heatmap.FieldConfig>
  | PanelOf<'stat', stat.Options, Nothing>
  | PanelOf<'table', table.Options, table.FieldConfig>
  | PanelOf<'timeseries', timeseries.Options, timeseries.FieldConfig>;

export type DashboardInFile =
  Omit<InFile<Dashboard>, 'panels' | 'annotations' | 'templating'> & {
    annotations: {
      list: Array<InFile<Omit<AnnotationQuery, 'target'>> & {
        target: Query;
      }>;
    };
    templating: { list: Array<InFile<VariableModel>> };
    panels: Array<AnyPanel | (InFile<Omit<RowPanel, 'panels'>> & {
      panels: AnyPanel[];
    })>;
  };
