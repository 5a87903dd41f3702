// llm.c's trainer on the CPU (train_gpt2.c), timed: random weights of a shape, random tokens, AdamW.
//
//   cc -O3 -march=native -fopenmp -I PATH_TO_LLM_C llmc.c -o llmc -lm
//   llmc LAYERS HEADS CHANNELS VOCABULARY LENGTH SEQUENCES STEPS
//
// A line per step on stdout: milliseconds and loss. As in llm.c's own test, its file is included without its main.

#define TESTING
#include "train_gpt2.c"

static uint64_t state = 1337;

/** A number below a bound: xorshift64*. */
static uint32_t random_below(uint32_t bound) {
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return (uint32_t)((state * 0x2545F4914F6CDD1Dull) >> 32) % bound;
}

/** The checkpoint that llm.c reads: a header of 256 ints (magic, version, shape), then the weights, float32, uniform within 0.035 (deviation 0.02). */
static void write_checkpoint(const char *path, const GPT2Config *shape) {
  int header[256] = {20240326, 3, shape->max_seq_len, shape->vocab_size, shape->num_layers, shape->num_heads, shape->channels, shape->padded_vocab_size};
  size_t sizes[NUM_PARAMETER_TENSORS];
  fill_in_parameter_sizes(sizes, *shape);
  FILE *file = fopenCheck(path, "wb");
  fwrite(header, sizeof(int), 256, file);
  for (int tensor = 0; tensor < NUM_PARAMETER_TENSORS; tensor++)
    for (size_t i = 0; i < sizes[tensor]; i++) {
      float weight = ((float)random_below(1 << 24) / (1 << 23) - 1) * 0.035f;
      fwrite(&weight, sizeof weight, 1, file);
    }
  fcloseCheck(file);
}

int main(int count, char **arguments) {
  if (count != 8) {
    fprintf(stderr, "usage: llmc LAYERS HEADS CHANNELS VOCABULARY LENGTH SEQUENCES STEPS\n");
    return 2;
  }
  int layers = atoi(arguments[1]), heads = atoi(arguments[2]), channels = atoi(arguments[3]), vocabulary = atoi(arguments[4]);
  int length = atoi(arguments[5]), sequences = atoi(arguments[6]), steps = atoi(arguments[7]);
  GPT2Config shape = {.max_seq_len = length, .vocab_size = vocabulary, .padded_vocab_size = (vocabulary + 127) / 128 * 128, .num_layers = layers, .num_heads = heads, .channels = channels};

  char path[] = "llmc-XXXXXX";                                     // in the working directory, which is the caller's
  int created = mkstemp(path);
  if (created < 0) {
    perror("llmc: the checkpoint cannot be created");
    return 1;
  }
  close(created);
  write_checkpoint(path, &shape);
  GPT2 model;
  gpt2_build_from_checkpoint(&model, path);
  unlink(path);

  size_t tokens = (size_t)sequences * length;
  int *inputs = mallocCheck(tokens * sizeof(int)), *targets = mallocCheck(tokens * sizeof(int));
  for (int step = 1; step <= steps; step++) {
    for (size_t i = 0; i < tokens; i++) inputs[i] = random_below(vocabulary);
    for (size_t i = 0; i < tokens; i++) targets[i] = (i + 1) % length == 0 ? (int)random_below(vocabulary) : inputs[i + 1];
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    gpt2_forward(&model, inputs, targets, sequences, length);
    gpt2_zero_grad(&model);
    gpt2_backward(&model);
    gpt2_update(&model, 1e-4f, 0.9f, 0.999f, 1e-8f, 0.0f, step);
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("step %d ms %.3f loss %f\n", step, (end.tv_sec - start.tv_sec) * 1e3 + (end.tv_nsec - start.tv_nsec) / 1e6, model.mean_loss);
    fflush(stdout);
  }
  free(inputs);
  free(targets);
  gpt2_free(&model);
  return 0;
}
