import { useRef, useState } from 'preact/hooks';
import type { BlockView, NetworkPage, PlanView } from '../../api.js';
import { count, exact, percent, plural } from '../data/format.js';
import type { NetworkRow } from '../data/model.js';
import { Choice } from '../parts/controls.js';
import { Panel } from '../parts/panel.js';

type CostName = 'macs' | 'params' | 'activations';

const costNames: Readonly<Record<CostName, string>> = {
  macs: 'Multiply-adds',
  params: 'Parameters',
  activations: 'Activations',
};

/** The network as built: every block with its width, resolution and cost. */
export function NetworkPanel({ plan, network, row }: { plan: PlanView; network: NetworkPage; row: NetworkRow }) {
  const [cost, setCost] = useState<CostName>('macs');
  const drawing = useRef<HTMLOListElement>(null);
  const { blocks, layers } = network;
  const total = blocks.reduce((sum, block) => sum + block[cost], 0);
  const most = Math.max(...blocks.map((block) => block[cost]));
  const drawnPx = blocks.reduce((sum, block) => sum + blockPx(block), 0);
  const zoom = Math.min(largestZoom, Math.max(1, goodWidthPx / drawnPx));
  return (
    <Panel
      id="network"
      title="Network"
      note={`${plural(blocks.length, 'block')} from ${row.network.resolutionPx} px. The height of a block is its output size in pixels, its width the logarithm of its channels; the bar below shows its cost.`}
      controls={
        <Choice
          label="Cost"
          value={cost}
          options={(Object.keys(costNames) as CostName[]).map((value) => ({ value, label: costNames[value] }))}
          onChange={setCost}
        />
      }
      exports={{
        search: plan,
        panel: `network-${network.id}`,
        rows: () => layers.map(({ shape, ...layer }) => ({ ...layer, shape: shape.join('×') })),
        drawing,
      }}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: a region that scrolls, not a section of the page. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <div class="table-scroll" tabIndex={0} role="group" aria-label="Blocks of the network">
        <ol class="blocks" ref={drawing}>
          {stagesOf(blocks).map(({ stage, type, own }) => (
            <li key={stage} class="stage">
              <div class="stage-blocks">
                {own.map((block) => (
                  <Block
                    key={block.name}
                    block={block}
                    input={row.network.resolutionPx}
                    share={block[cost] / most}
                    zoom={zoom}
                  />
                ))}
              </div>
              <p class="stage-name">
                <b>{stage}</b>
                <span>
                  {type}
                  {own.length > 1 && ` ×${own.length}`}
                </span>
                <span>{shapeText(own.at(-1) as BlockView)}</span>
                <span>{percent(own.reduce((sum, block) => sum + block[cost], 0) / total)}</span>
              </p>
            </li>
          ))}
        </ol>
      </div>
      <details class="layers">
        <summary>
          {plural(layers.length, 'layer')}, {count(total)} {costNames[cost].toLowerCase()}
        </summary>
        {/* biome-ignore lint/a11y/useSemanticElements: a region that scrolls, not a section of the page. */}
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
        <div class="table-scroll table-tall" tabIndex={0} role="group" aria-label="Layers">
          <table>
            <thead>
              <tr>
                <th scope="col">Layer</th>
                <th scope="col">Operation</th>
                <th scope="col" class="number">
                  Output
                </th>
                <th scope="col" class="number">
                  Macs
                </th>
                <th scope="col" class="number">
                  Params
                </th>
                <th scope="col" class="number">
                  Activations
                </th>
              </tr>
            </thead>
            <tbody>
              {layers.map((layer) => (
                <tr key={layer.name}>
                  <td class="text">
                    <code>{layer.name}</code>
                  </td>
                  <td class="text">{layer.op}</td>
                  <td class="number">{layer.shape.join('×')}</td>
                  <td class="number">{exact(layer.macs)}</td>
                  <td class="number">{exact(layer.params)}</td>
                  <td class="number">{exact(layer.activations)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </Panel>
  );
}

const tallestPx = 112;
/** The width to which a network of few blocks is stretched, and the largest stretch. */
const goodWidthPx = 900;
const largestZoom = 5;

/** Width of a block before it is drawn out: the logarithm of its channels. */
function blockPx({ shape: [, , channels] }: BlockView): number {
  return 5 + 3 * Math.log2(Math.max(2, channels));
}

interface BlockProps {
  readonly block: BlockView;
  readonly input: number;
  /** Cost relative to the most expensive block. */
  readonly share: number;
  readonly zoom: number;
}

/** A box as high as the block's output and as wide as the logarithm of its channels, on the line that data take, above a bar for its cost. */
function Block({ block, input, share, zoom }: BlockProps) {
  const [side] = block.shape;
  const height = Math.max(4, (tallestPx * side) / input);
  const width = blockPx(block) * zoom;
  return (
    <svg class="block" width={width} height={tallestPx + 26} aria-hidden="true">
      <title>{`${block.name}: ${shapeText(block)}, ${count(block.macs)} MACs, ${count(block.params)} params, ${count(block.activations)} activations`}</title>
      <line class="block-edge" x1="0" x2={width} y1={tallestPx / 2 + 1} y2={tallestPx / 2 + 1} />
      <rect class="block-shape" x="4" y={(tallestPx - height) / 2 + 1} width={width - 8} height={height} rx="2" />
      <rect
        class="block-cost"
        x="4"
        y={tallestPx + 24 - 20 * share}
        width={width - 8}
        height={Math.max(0.5, 20 * share)}
      />
    </svg>
  );
}

function shapeText({ shape: [height, width, channels] }: BlockView): string {
  return height === 1 && width === 1 ? `${channels}` : `${height}×${width}×${channels}`;
}

function stagesOf(blocks: readonly BlockView[]): { stage: string; type: string; own: BlockView[] }[] {
  const stages: { stage: string; type: string; own: BlockView[] }[] = [];
  for (const block of blocks) {
    const last = stages.at(-1);
    if (last?.stage === block.stage) last.own.push(block);
    else stages.push({ stage: block.stage, type: block.type, own: [block] });
  }
  return stages;
}
