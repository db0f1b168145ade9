/** Trained weights of the reference network as the network itself. Names and layouts are those of its PyTorch module. */
import { CandlewickError } from '../../core/errors.ts'
import type { NamedTensor } from '../safetensors.ts'
import { type Network, networkOf } from './anatomy.ts'
import type { Activation, Expression, Linear, Vector } from './expression.ts'
import { Expressions, outOf } from './expressions.ts'
import type { Axis } from './layout.ts'

/** What the weights do not say themselves. */
export interface NetworkConfig {
  /** Bars in a window. */
  readonly window: number
  /** Bars from one patch to the next. */
  readonly stride: number
  /** Attention heads. */
  readonly heads: number
  /** Between the two layers of a feed-forward block. */
  readonly activation: 'gelu' | 'relu'
}

/** The heads whose outputs leave the network, in order, with what their outputs pass at the end. */
const outputHeads = [
  { name: 'future_returns_head', ending: 'Tanh' },
  { name: 'direction_head', ending: undefined },
  { name: 'risk_metrics_head', ending: undefined },
] as const

/** Standing in the weights without a part in the output. */
const unused = /^(?:long_levels|short_levels|confidence)_head\./

const epsilon = 1e-5

function wrong(name: string, expected: string, actual: string): never {
  throw new CandlewickError('convert/weights', { name, expected, actual })
}

class Weights {
  readonly #tensors: ReadonlyMap<string, NamedTensor>
  readonly #left: Set<string>

  constructor(tensors: ReadonlyMap<string, NamedTensor>) {
    this.#tensors = tensors
    this.#left = new Set([...tensors.keys()].filter((name) => !unused.test(name)))
  }

  has(name: string): boolean {
    return this.#tensors.has(name)
  }

  /** A tensor; `undefined` among the sizes stands for any. */
  tensor(name: string, dims: readonly (number | undefined)[]): NamedTensor {
    const found = this.#tensors.get(name)
    const expected = `[${dims.map((size) => size ?? 'any').join(', ')}]`
    if (found === undefined) return wrong(name, expected, 'nothing')
    const fits =
      found.dims.length === dims.length && dims.every((size, at) => size === undefined || size === found.dims[at])
    if (!fits) wrong(name, expected, `[${found.dims.join(', ')}]`)
    const bad = found.data.findIndex((value) => !Number.isFinite(value))
    if (bad !== -1) wrong(name, 'finite numbers', `${found.data[bad]} at ${bad}`)
    this.#left.delete(name)
    return found
  }

  vector(name: string, size: number): Vector {
    return this.tensor(name, [size]).data
  }

  /** Refuses weights that nothing has asked for: they would belong to another network. */
  finish(): void {
    const [name] = this.#left
    if (name !== undefined) wrong(name, 'no such weight', `[${this.#tensors.get(name)!.dims.join(', ')}]`)
  }
}

class ReferenceNetwork {
  readonly #make = new Expressions()
  readonly #weights: Weights
  readonly #config: NetworkConfig

  constructor(weights: Weights, config: NetworkConfig) {
    this.#weights = weights
    this.#config = config
  }

  build(): Network {
    const { window, stride, heads } = this.#config
    const kernel = this.#weights.tensor('patch_embedding.weight', [undefined, undefined, undefined])
    const [width = 0, features = 0, steps = 0] = kernel.dims
    const patches = Math.floor((window - steps) / stride) + 1
    if (patches < 1) wrong('patch_embedding.weight', `at most ${window} steps, the window`, `${steps}`)
    if (width % heads !== 0) wrong('patch_embedding.weight', `a multiple of ${heads} heads`, `${width} rows`)
    const axis = (label: string, size: number): Axis => ({ label, size })
    const [time, feature, patch] = [axis('time', window), axis('feature', features), axis('patch', patches)]
    const input = { kind: 'input', name: 'x', batch: axis('batch', 1009), time, feature } as const
    const windows: Expression = {
      kind: 'normalised',
      of: input,
      axis: time,
      factor: window / (window - 1),
      epsilon,
      along: feature,
      scale: this.#weights.vector('revin.affine_weight', features),
      shift: this.#weights.vector('revin.affine_bias', features),
    }
    const out = axis('embedding', width)
    const bias = this.#weights.has('patch_embedding.bias')
      ? this.#weights.vector('patch_embedding.bias', width)
      : undefined
    const embedding: Expression = {
      kind: 'embedding',
      of: windows,
      patch,
      out,
      stride,
      steps,
      weight: kernel.data,
      bias,
    }
    let hidden: Expression = { kind: 'positioned', of: embedding, table: this.#positions(patches, width) }
    let layer = 0
    for (; this.#weights.has(`encoder.encoder_layers.${layer}.norm1.weight`); layer += 1)
      hidden = this.#layer(`encoder.encoder_layers.${layer}`, hidden, out)
    if (layer === 0) wrong('encoder.encoder_layers.0.norm1.weight', `[${width}]`, 'nothing')
    const encoded = this.#norm('encoder.norm', hidden, out)
    const pooled = this.#norm('ln', this.#make.make({ kind: 'mean', of: encoded, axis: patch }), out)
    const result = this.#outputs(this.#linear('output_projection', pooled, out, width))
    this.#weights.finish()
    return networkOf(input, 'y', result)
  }

  #positions(patches: number, width: number): Vector {
    const { dims, data } = this.#weights.tensor('positional_encoding.pe', [1, undefined, width])
    if (dims[1]! < patches) wrong('positional_encoding.pe', `at least ${patches} positions`, `${dims[1]}`)
    return data.slice(0, patches * width)
  }

  #norm(name: string, of: Expression, axis: Axis): Expression {
    const [scale, shift] = ['weight', 'bias'].map((part) => this.#weights.vector(`${name}.${part}`, axis.size))
    return this.#make.make({ kind: 'normalised', of, axis, factor: 1, epsilon, along: axis, scale, shift })
  }

  /** A layer of `size` outputs, or of as many as its weights have. */
  #linear(name: string, of: Expression, over: Axis, size?: number): Linear {
    const { dims, data } = this.#weights.tensor(`${name}.weight`, [size, over.size])
    const out: Axis = { label: 'outputs', size: dims[0]! }
    return this.#make.make({
      kind: 'linear',
      of,
      over,
      out,
      weight: data,
      bias: this.#weights.vector(`${name}.bias`, out.size),
    })
  }

  /** One post-norm layer of the encoder. Its two sums keep the axis of what they add to. */
  #layer(name: string, of: Expression, axis: Axis): Expression {
    const attended = this.#make.make({
      kind: 'sum',
      left: of,
      right: this.#attention(`${name}.self_attention`, of, axis),
    })
    const first = this.#norm(`${name}.norm1`, attended, axis)
    const inner = this.#linear(`${name}.ff.0`, first, axis)
    const operation: Activation['operation'] = this.#config.activation === 'gelu' ? 'Gelu' : 'Relu'
    const active = this.#make.make({ kind: 'activation', of: inner, operation })
    const fed = this.#linear(`${name}.ff.3`, active, inner.out, axis.size)
    return this.#norm(`${name}.norm2`, this.#make.make({ kind: 'sum', left: first, right: fed }), axis)
  }

  #attention(name: string, of: Expression, axis: Axis): Linear {
    const width = axis.size
    const weight = this.#weights.tensor(`${name}.in_proj_weight`, [3 * width, width]).data
    const bias = this.#weights.vector(`${name}.in_proj_bias`, 3 * width)
    const part = (at: number): Linear => ({
      kind: 'linear',
      of,
      over: axis,
      out: { label: 'outputs', size: width },
      weight: weight.slice(at * width * width, (at + 1) * width * width),
      bias: bias.slice(at * width, (at + 1) * width),
    })
    const [query, key, value] = [part(0), part(1), part(2)]
    const { heads } = this.#config
    const seen: Axis = { label: 'seen patch', size: 0 }
    const scores = { kind: 'scores', query, key, heads, scale: 1 / Math.sqrt(width / heads), seen } as const
    const mixed: Expression = { kind: 'mixed', shares: { kind: 'shares', of: scores }, value }
    return this.#linear(`${name}.out_proj`, mixed, value.out, width)
  }

  #outputs(pooled: Linear): Expression {
    const parts = outputHeads.map(({ name, ending }) => {
      const hidden = this.#linear(`${name}.0`, pooled, pooled.out)
      const active = this.#make.make({ kind: 'activation', of: hidden, operation: 'Relu' })
      const last = this.#linear(`${name}.3`, active, hidden.out)
      if (ending !== undefined) return this.#make.make({ kind: 'activation', of: last, operation: ending })
      return name === 'direction_head' ? this.#cooled(last) : last
    })
    const size = parts.reduce((sum, part) => sum + outOf(part)!.size, 0)
    const joined: Expression = { kind: 'joined', parts, out: { label: 'outputs', size } }
    return { kind: 'clipped', of: joined, low: -10, high: 10 }
  }

  /** Direction logits divided by a learned temperature, where there is one. */
  #cooled(logits: Linear): Expression {
    if (!this.#weights.has('temperature')) return logits
    const [temperature = 0] = this.#weights.vector('temperature', 1)
    if (!(temperature > 0)) wrong('temperature', 'a number above 0', String(temperature))
    return { kind: 'scaled', of: logits, by: 1 / temperature }
  }
}

/**
 * The network that trained weights make up.
 *
 * @throws `convert/weights` for a weight that is missing, left over, of another shape or not finite
 */
export function networkOfWeights(tensors: ReadonlyMap<string, NamedTensor>, config: NetworkConfig): Network {
  return new ReferenceNetwork(new Weights(tensors), config).build()
}
