/** The reference network in the operations of TensorFlow.js, each chosen because its WASM backend has a fast kernel for it. */
import * as tf from '@tensorflow/tfjs-core'
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import { shape, type StateDict, transposed, weightOf } from './state-dict.ts'

const { window, features, patch, stride, dModel, layers, heads } = shape
const patches = (window - patch) / stride + 1
const share = dModel / heads
const epsilon = 1e-5

/** Starts the WASM backend with one thread and SIMD. `place` is where its `.wasm` files are served; not needed in Node. */
export async function startTfjs(place?: string): Promise<void> {
  if (place !== undefined) setWasmPaths(place)
  // The build for several threads is slower with one of them.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false)
  setThreadsCount(1)
  await tf.setBackend('wasm')
  await tf.ready()
  if (tf.getBackend() !== 'wasm' || !tf.env().getBool('WASM_HAS_SIMD_SUPPORT'))
    throw new Error(`TensorFlow.js runs on ${tf.getBackend()}, and not on WASM with SIMD.`)
}

interface Layer {
  readonly kernel: tf.Tensor2D
  readonly bias: tf.Tensor1D
}

interface Norm {
  readonly scale: tf.Tensor1D
  readonly shift: tf.Tensor1D
}

class Weights {
  readonly #weights: StateDict

  constructor(weights: StateDict) {
    this.#weights = weights
  }

  vector(name: string): tf.Tensor1D {
    return tf.tensor1d(weightOf(this.#weights, name).data)
  }

  layer(weight: string, bias: string): Layer {
    const tensor = weightOf(this.#weights, weight)
    const [out = 0, width = 0] = tensor.dims
    return { kernel: tf.tensor2d(transposed(tensor), [width, out]), bias: this.vector(bias) }
  }

  linear(name: string): Layer {
    return this.layer(`${name}.weight`, `${name}.bias`)
  }

  norm(name: string): Norm {
    return { scale: this.vector(`${name}.weight`), shift: this.vector(`${name}.bias`) }
  }

  /** [out, feature, step] as [1, step, feature, out]. */
  kernel(name: string): tf.Tensor4D {
    const { data } = weightOf(this.#weights, name)
    return tf.transpose(tf.tensor4d(data, [1, dModel, features, patch]), [0, 3, 2, 1])
  }

  table(name: string): tf.Tensor3D {
    return tf.tensor3d(weightOf(this.#weights, name).data, [1, patches, dModel])
  }
}

function normalised(x: tf.Tensor2D, { scale, shift }: Norm): tf.Tensor2D {
  const centred = tf.sub(x, tf.mean(x, 1, true))
  const spread = tf.rsqrt(tf.add(tf.mean(tf.square(centred), 1, true), epsilon))
  return tf.add(tf.mul(tf.mul(centred, spread), scale), shift)
}

const linear = (a: tf.Tensor2D, { kernel, bias }: Layer, activation: 'linear' | 'relu' = 'linear'): tf.Tensor2D =>
  tf.fused.matMul({ a, b: kernel, bias, activation }) as tf.Tensor2D

const gelu = (x: tf.Tensor2D): tf.Tensor2D => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1))

class EncoderLayer {
  readonly #joint: Layer
  readonly #merge: Layer
  readonly #norms: readonly [Norm, Norm]
  readonly #feed: readonly [Layer, Layer]

  constructor(weights: Weights, name: string) {
    const attention = `${name}.self_attention`
    this.#joint = weights.layer(`${attention}.in_proj_weight`, `${attention}.in_proj_bias`)
    this.#merge = weights.linear(`${attention}.out_proj`)
    this.#norms = [weights.norm(`${name}.norm1`), weights.norm(`${name}.norm2`)]
    this.#feed = [weights.linear(`${name}.ff.0`), weights.linear(`${name}.ff.3`)]
  }

  #attention(x: tf.Tensor2D, batch: number): tf.Tensor2D {
    const turned = tf.transpose(tf.reshape(linear(x, this.#joint), [batch, patches, 3, heads, share]), [2, 0, 3, 1, 4])
    const [query, key, value] = tf
      .split(turned, 3, 0)
      .map((part) => tf.reshape(part, [batch * heads, patches, share])) as [tf.Tensor3D, tf.Tensor3D, tf.Tensor3D]
    const scores = tf.mul(tf.matMul(query, key, false, true), 1 / Math.sqrt(share))
    const mixed = tf.reshape(tf.matMul(tf.softmax(scores), value), [batch, heads, patches, share])
    return linear(tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch * patches, dModel]), this.#merge)
  }

  run(x: tf.Tensor2D, batch: number): tf.Tensor2D {
    const seen = normalised(tf.add(x, this.#attention(x, batch)), this.#norms[0])
    const fed = linear(gelu(linear(seen, this.#feed[0])), this.#feed[1])
    return normalised(tf.add(seen, fed), this.#norms[1])
  }
}

/** The network with its weights in the backend. */
export class TfjsNetwork {
  readonly #revin: Norm
  readonly #kernel: tf.Tensor4D
  readonly #positions: tf.Tensor3D
  readonly #layers: readonly EncoderLayer[]
  readonly #norms: readonly [Norm, Norm]
  readonly #projection: Layer
  readonly #heads: readonly (readonly [Layer, Layer])[]
  readonly #temperature: tf.Tensor1D

  constructor(state: StateDict) {
    const weights = new Weights(state)
    this.#revin = { scale: weights.vector('revin.affine_weight'), shift: weights.vector('revin.affine_bias') }
    this.#kernel = weights.kernel('patch_embedding.weight')
    this.#positions = weights.table('positional_encoding.pe')
    this.#layers = Array.from({ length: layers }, (_, at) => new EncoderLayer(weights, `encoder.encoder_layers.${at}`))
    this.#norms = [weights.norm('encoder.norm'), weights.norm('ln')]
    this.#projection = weights.linear('output_projection')
    this.#heads = ['future_returns', 'direction', 'risk_metrics'].map(
      (name) => [weights.linear(`${name}_head.0`), weights.linear(`${name}_head.3`)] as const,
    )
    this.#temperature = weights.vector('temperature')
  }

  #embedded(windows: tf.Tensor3D): tf.Tensor3D {
    const centred = tf.sub(windows, tf.mean(windows, 1, true))
    const variance = tf.div(tf.sum(tf.square(centred), 1, true), window - 1)
    const scale = tf.mul(tf.rsqrt(tf.add(variance, epsilon)), this.#revin.scale)
    const standard = tf.add(tf.mul(centred, scale), this.#revin.shift)
    const flat = tf.reshape(standard, [-1, 1, window, features]) as tf.Tensor4D
    const embedded = tf.conv2d(flat, this.#kernel, [1, stride], 'valid')
    return tf.add(tf.reshape(embedded, [-1, patches, dModel]), this.#positions)
  }

  #answers(pooled: tf.Tensor2D): tf.Tensor2D {
    const x = linear(normalised(pooled, this.#norms[1]), this.#projection)
    const [returns, logits, risk] = this.#heads.map(([hidden, out]) => linear(linear(x, hidden, 'relu'), out)) as [
      tf.Tensor2D,
      tf.Tensor2D,
      tf.Tensor2D,
    ]
    return tf.clipByValue(tf.concat([tf.tanh(returns), tf.div(logits, this.#temperature), risk], 1), -10, 10)
  }

  /** One row of outputs for each window. */
  run(windows: Float32Array, batch: number): Float32Array {
    return tf.tidy(() => {
      const embedded = this.#embedded(tf.tensor3d(windows, [batch, window, features]))
      let hidden = tf.reshape(embedded, [batch * patches, dModel]) as tf.Tensor2D
      for (const layer of this.#layers) hidden = layer.run(hidden, batch)
      const ended = tf.reshape(normalised(hidden, this.#norms[0]), [batch, patches, dModel])
      return this.#answers(tf.mean(ended, 1)).dataSync<'float32'>()
    })
  }
}
