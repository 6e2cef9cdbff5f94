import Dataset

/// The fine-tuning of the mask network that the page started; it continues while the page is closed.
actor LearningSession {
  /// A step of the session.
  enum State: String, Sendable, Encodable {
    /// Nothing was started.
    case idle
    /// The network is being trained.
    case learning
    /// The network is trained; the user has not decided about it.
    case learned
    /// The masks are being made again.
    case masking
  }

  /// The news for the page.
  struct News: Sendable, Encodable {
    /// The number of masks that were corrected by hand.
    let corrected: Int
    /// The number of corrected masks from which learning is offered.
    let offered: Int
    let state: State
    /// The seconds since the current step started.
    let seconds: Int
    /// The newest result; nil if there is none.
    let result: LearnedMasks?
    /// The reason why the last step failed, as a sentence; nil if it did not.
    let problem: String?
  }

  /// The number of corrected masks from which learning is offered.
  static let offered = 10

  private let learner: any MaskLearner
  private let store: SampleStore
  private var state = State.idle
  private var started = ContinuousClock.now
  private var result: LearnedMasks?
  private var problem: String?

  init(_ learner: any MaskLearner, store: SampleStore) { (self.learner, self.store) = (learner, store) }

  /// The current state.
  ///
  /// - Throws: An `ItemFailure` if a correction cannot be read.
  func news() throws -> News {
    News(
      corrected: try learner.correctedMasks(), offered: Self.offered, state: state,
      seconds: Int((ContinuousClock.now - started).components.seconds), result: result, problem: problem)
  }

  /// Starts the training, unless something is running.
  func start() {
    begin(.learning) { learner in
      let result = try await learner.learn()
      return (result.isBetter ? .learned : .idle, result)
    }
  }

  /// Makes all masks again with the fine-tuned network.
  func use() {
    guard state == .learned else { return }
    let result = result
    begin(.masking) { learner in
      try await learner.maskAgain()
      return (.idle, result)
    }
  }

  /// Deletes the fine-tuned network, and makes the masks again that were made with it.
  func forget() {
    begin(.masking) { learner in
      learner.forget()
      try await learner.maskAgain()
      return (.idle, nil)
    }
  }

  private func begin(
    _ step: State, _ work: @escaping @Sendable (any MaskLearner) async throws -> (State, LearnedMasks?)
  ) {
    guard state == .idle || state == .learned else { return }
    let before = state
    (state, started, problem) = (step, .now, nil)
    Task { [learner] in
      do {
        let (next, result) = try await work(learner)
        if step == .masking { try await store.reread() }
        finish(next, result, nil)
      } catch {
        finish(before, result, (error as? any ItemFailure)?.sentence ?? "\(error)")
      }
    }
  }

  private func finish(_ next: State, _ result: LearnedMasks?, _ problem: String?) {
    (state, self.result, self.problem) = (next, result, problem)
  }
}
