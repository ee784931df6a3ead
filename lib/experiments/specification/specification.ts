/** Everything that decides the outcome of an experiment at one preset, as plain values. */
import type { EvaluationProtocol } from "../../evaluation/protocol.ts";
import type { EmbeddingTraining } from "../../gan/scalar_labels/fit_label_embedding.ts";
import type { DatasetName, DistillerName, GanName, NetworkName } from "../../registry.ts";

/** SGD recipe of a network. */
export interface NetworkTraining {
  /** Passes over the training set. */
  readonly epochs: number;
  /** Images of a step. */
  readonly batch: number;
  /** In the first epoch. */
  readonly learningRate: number;
  /** The learning rate is multiplied by 0.1 at the start of each of these epochs, counted from 0. */
  readonly milestones: readonly number[];
  /** Of SGD. */
  readonly momentum: number;
  /** On every parameter. */
  readonly weightDecay: number;
  /** Random crops of padded images. */
  readonly crop: boolean;
  /** Random mirror images. */
  readonly flip: boolean;
}

/** A network of the experiment, with its width relative to the paper's. */
export interface SizedNetwork {
  /** By its name in the registry. */
  readonly network: NetworkName;
  /** Relative to the paper's. */
  readonly width: number;
}

/** A classifier of real images whose cross-entropy on fakes is added to the generator's loss. */
export interface GuideSpecification extends SizedNetwork {
  /** How it learns. */
  readonly training: NetworkTraining;
  /** Weight of its errors: cross-entropy in nats, or |f(x) − y| in label scales. */
  readonly weight: number;
  /** First generator step that it counts in. */
  readonly start: number;
  /** Error of an image that needs no correction. */
  readonly margin: number;
}

/** How a GAN for scalar labels (CcGAN) weighs images near a target label. */
export interface VicinitySpecification {
  /** "soft" weighs by distance (every run of the paper), "hard" cuts. */
  readonly kind: "soft" | "hard";
  /** Labels of the G step: those of the last D step (RC-49), or fresh ones (UTKFace). */
  readonly generatorTargets: "reused" | "fresh";
}

/** The networks behind the embedding of a scalar label: a ResNet-34 of this width, an MLP on labels. */
export type EmbeddingSpecification = EmbeddingTraining & { readonly width: number };

/** Everything that decides the conditional GAN. */
export interface GanSpecification {
  /** By its name in the registry. */
  readonly family: GanName;
  /** Relative to the paper's. */
  readonly width: number;
  /** Halve channels at each up-sampling (ours; false in the paper). */
  readonly taper: boolean;
  /** Generator steps by setting. */
  readonly steps: Readonly<Record<string, number>>;
  /** Images of a step. */
  readonly batch: number;
  /** D steps of each G step. */
  readonly discriminatorSteps: number;
  /** Adam's, of G. */
  readonly generatorRate: number;
  /** Adam's, of D. */
  readonly discriminatorRate: number;
  /** Adam's decay of the mean. */
  readonly beta1: number;
  /** Adam's decay of the mean square. */
  readonly beta2: number;
  /** By setting. */
  readonly diffAugment: Readonly<Record<string, boolean>>;
  /** Moving average of G: decay, and the step it starts from; CcGAN has none. */
  readonly average: { readonly decay: number; readonly start: number } | "none";
  /** Weights of the auxiliary classifier's losses (ours; both 0, and no classifier, in the paper). */
  readonly auxiliary: { readonly discriminator: number; readonly generator: number };
  /** A frozen network that G also has to convince of its labels (ours; none in the paper). */
  readonly guide: GuideSpecification | "none";
  /**
   * Weight of the loss that asks G for as much difference between images of one label as real ones have (ours; 0
   * in the paper).
   */
  readonly diversity: number;
  /**
   * Steps between two measurements of the generator by the extractor's classifier, which has no part in its
   * training (ours); none without. They move no weight.
   */
  readonly judgeEvery?: number;
  /** Scalar labels alone. */
  readonly vicinity?: VicinitySpecification;
  /** Scalar labels alone. */
  readonly embedding?: EmbeddingSpecification;
}

/** A network with its recipe. */
export interface ClassifierSpecification extends SizedNetwork {
  /** How it learns. */
  readonly training: NetworkTraining;
}

/** The sparse autoencoder whose code the density ratio reads where labels are scalar. */
export interface AutoencoderSpecification {
  /** Tells it apart from a classifier. */
  readonly autoencoder: "sparse";
  /** Relative to the paper's. */
  readonly width: number;
  /** Passes over the training set. */
  readonly epochs: number;
  /** Images of a step. */
  readonly batch: number;
  /** In the first epoch. */
  readonly learningRate: number;
  /** The rate is multiplied by 0.1 every so many epochs. */
  readonly decayEvery: number;
  /** Coupled, on every parameter. */
  readonly weightDecay: number;
  /** Weight of the mean feature. */
  readonly sparsity: number;
  /** Random mirror images. */
  readonly flip: boolean;
}

/** Everything that decides the density-ratio model. */
export interface RatioSpecification {
  /** The network whose features are read; it is not the teacher. */
  readonly extractor: ClassifierSpecification | AutoencoderSpecification;
  /** Widths of the network on features, relative to the paper's. */
  readonly width: number;
  /** Passes over the training set. */
  readonly epochs: number;
  /** Images of a step. */
  readonly batch: number;
  /** In the first epoch. */
  readonly learningRate: number;
  /** The rate is multiplied by 0.1 at the start of each of these epochs, counted from 0. */
  readonly milestones: readonly number[];
  /** Coupled, on every parameter. */
  readonly weightDecay: number;
  /** λ of (mean φ − 1)² over fakes. */
  readonly penalty: number;
  /** Fakes of each label drawn once and used again in every epoch (ours); fresh ones in the paper. */
  readonly pool: number | "fresh";
}

/** M1: subsample by density ratio, filter by the teacher; M2: adjust labels. In this order. */
export type ProcessingStep = "subsample" | "filter" | "adjust";

/** Everything that decides how fakes become training images. */
export interface SynthesisSpecification {
  /** All three in cGAN-KD; an ablation is a shorter list. */
  readonly steps: readonly ProcessingStep[];
  /** Fakes accepted for each class or label, before the filter. */
  readonly perLabel: number;
  /** Fakes for each label that set the first bound of the ratio. */
  readonly burnIn: number;
  /** b: fakes of one round of the rejection sampler. */
  readonly batch: number;
  /**
   * A label of which no fake looks real ends the run ("stop"), or its fakes are taken as they come and counted
   * ("plain": ours), so that one of hundreds of scalar labels does not cost the others.
   */
  readonly whenStuck: "stop" | "plain";
  /** Quantile of the teacher's score that is kept, by setting. */
  readonly rho: Readonly<Record<string, number>>;
  /** M^g: processed fakes in the training set. */
  readonly fakes: number;
}

/** Switches between the reference code's quirks and the intended behaviour; see the table in `lib/METHOD.md`. */
export interface Compatibility {
  /** Q1: KL of BLKD averaged over all entries, or over images. */
  readonly klReduction: "elementMean" | "batchMean";
  /** Q2: what the feature extractor sees. */
  readonly extractorInput: "minus1to1" | "standardized";
  /** Q6: which constants normalise the teacher's input when fakes are in the set. */
  readonly teacherInput: "mixed" | "teacher";
  /** Q21: the GAN's own seed, or that of the rest of the chain. */
  readonly ganSeed: 0 | "chain";
  /** Q25: classes that hold too few relabelled fakes. */
  readonly shortfall: "accept" | "refill";
  /** Q30: float to uint8. */
  readonly toUint8: "floor" | "round";
  /** Q36: whether fakes are flipped in the density-ratio fit, as reals are. */
  readonly flipFakes: boolean;
  /** Q37: fakes that tie with the cut-off. */
  readonly tie: "strict" | "rank";
  /** Q27: predicted labels are clipped to the range of labels; scalar labels alone. */
  readonly adjustClip?: boolean;
  /** Q26: fakes are drawn uniformly, or evenly over the range of labels; scalar labels alone. */
  readonly regressionBalance?: "none" | "stratified";
}

/** An experiment of the paper at one preset. */
export interface Specification {
  /** By its name in the registry. */
  readonly dataset: DatasetName;
  /** Training-set sizes of the paper's table, such as "C-10K". */
  readonly settings: readonly string[];
  /**
   * What errors are measured on: test images; or, to choose something by, training images that nothing was trained
   * on ("validation"), so that test images choose nothing.
   */
  readonly split: "test" | "validation";
  /** Of students; the first one is that of the shared parts too. */
  readonly seeds: readonly number[];
  /** Teachers of the table's rows, for distillers that need one. */
  readonly teachers: readonly SizedNetwork[];
  /** Of all teachers. */
  readonly teacherTraining: NetworkTraining;
  /** The teacher that filters and relabels (M1, M2). */
  readonly filterTeacher: SizedNetwork;
  /** The assistant between teacher and student (TAKD). */
  readonly assistant: SizedNetwork;
  /** Rows or columns of the table. */
  readonly students: readonly SizedNetwork[];
  /** Of students and assistants. */
  readonly studentTraining: NetworkTraining;
  /** What draws the fakes. */
  readonly gan: GanSpecification;
  /** What fakes are subsampled by. */
  readonly ratio: RatioSpecification;
  /** From fakes to training images. */
  readonly synthesis: SynthesisSpecification;
  /** Columns or rows of the table. */
  readonly distillers: readonly DistillerName[];
  /** Training sets: real images alone, or with processed fakes (cGAN-KD). */
  readonly trainOn: readonly ("real" | "real+fake")[];
  /** Quirks of the reference, on or off. */
  readonly compat: Compatibility;
  /** How the generator is judged beside the chain; scalar labels alone. Nothing of the chain depends on it. */
  readonly evaluation?: EvaluationProtocol;
  /** Epochs between two measurements of a student's test error, for its curve. */
  readonly curveEvery: number;
}
